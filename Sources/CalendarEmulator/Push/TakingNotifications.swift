/// Push notifications for a program that has the emulator in its own process. `EmulatorServer` sends them by itself.
extension Emulator {
    /// Everything that is to be sent, oldest first. Whoever takes it sends it; nobody else will.
    ///
    /// At most 1,000 wait for one channel and 50,000 in all; what comes on top is lost.
    public func takeNotifications() -> [PushNotification] { withWorld { $0.outbox.takeAll() } }

    /// Signals that there may be notifications to take; the first comes at once. Ends when its task is cancelled.
    public func notificationSignals() -> AsyncStream<Void> { signals.stream() }

    // MARK: - For those who send

    func startSending(atMost limit: Int) -> PushNotification? { withWorld { $0.outbox.start(atMost: limit) } }

    func finishSending(_ notification: PushNotification, status: Int?, outcome: NotificationLog.Outcome) {
        withWorld { $0.outbox.finish(notification, status: status, outcome: outcome) }
        signals.ring()
    }

    func attempts(of notification: PushNotification) -> Int {
        withWorld { $0.outbox.log[notification.number]?.attempts ?? 0 }
    }

    func resumeSending(_ notification: PushNotification) {
        withWorld { $0.outbox.resume(notification) }
        signals.ring()
    }

    func release(_ notifications: [PushNotification]) {
        withWorld { $0.outbox.release(notifications) }
        signals.ring()
    }

    /// Returns when somebody has tried to send each of them, after `limit`, or when its task is cancelled.
    func waitForAttempts(of notifications: [PushNotification], atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: limit) }
            group.addTask {
                for await _ in self.notificationSignals() {
                    let areWaiting = self.withWorld { world in notifications.contains(where: world.outbox.isUntried) }
                    if !areWaiting { return }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
