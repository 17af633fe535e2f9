/// The `sync` messages of channels whose makers do not know of them yet. They may go when the answer to `watch` is sent, and
/// also when it never will be, since then nothing holds this any more.
final class HeldNotifications: Sendable {
    private let notifications: [PushNotification]
    private let emulator: Emulator

    init(_ notifications: [PushNotification], of emulator: Emulator) {
        self.notifications = notifications
        self.emulator = emulator
    }

    deinit { release() }

    func release() { emulator.release(notifications) }
}
