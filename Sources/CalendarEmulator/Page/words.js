// One line for everything that can be set. A test asks for the line of every switch and quota there is.

export const switches = {
  allowHttpCallbacks: "Takes http:// addresses for push notifications. Google wants https.",
  aclInsertUpserts: "acl.insert for somebody who has a rule changes that rule. Off: 409 duplicate.",
  ownerRefusalStatus: "Status of the refusals that protect the owner of a calendar's data.",
  ownerRefusalReason: "Reason of those refusals.",
  purgeTombstones: "Deleted events are gone but for their id: get 404, update 403, insert 409.",
  syncTokensExpired: "Every sync token is answered with 410 fullSyncRequired.",
  aclChangeExpiresSyncTokens: "A change of who may see a calendar makes its sync tokens void.",
  filtersSuppressSyncToken: "A list with a filter such as q or orderBy ends without a sync token.",
  singleEventsSuppressSyncToken: "A list with singleEvents=true ends without a sync token.",
  repeatedPropertiesMatchAny: "Repeated privateExtendedProperty filters are alternatives. Off: all have to match.",
  putWithoutStatusRevives: "A PUT without a status makes a deleted event live again. Off: it stays cancelled.",
  localTimesTakeOffsetAfterChange: "A local time that clocks skip or show twice has the offset of after the change. Off: of before it.",
  longTextsRefused: "A summary or location beyond 1024 characters is refused, a description beyond 8192.",
  sequenceCountsTimeChanges: "sequence rises when an event moves in time.",
  emptyAttendeesRefused: "A bare service account may not even send an empty list of attendees.",
  serviceAccountPrimaryAclRefused: "A service account cannot share its own primary calendar.",
  unauthorizedClientStatus: "Status of unauthorized_client at the token endpoint: 401 or 400.",
  keyIDRequired: "An assertion that does not name its key is refused.",
  tokenClockSkewSeconds: "How many seconds the token endpoint's clock is ahead.",
  declinedEventsBlock: "Events that the calendar's owner has declined still take time in freebusy.query.",
  freeBusyMaxDays: "The longest window of freebusy.query in days. Empty: none.",
  updatedMinDays: "How many days back updatedMin may lie.",
  pageSizeLimit: "Pages of events.list never hold more. Empty: what the caller asks for.",
  syncMessageFirst: "The first message of a push channel arrives before watch is answered. Off: after it.",
  freeBusyReaderMayWatch: "Who sees only free and busy may watch the events of a calendar.",
  dropNotificationsProbability: "How likely a push message is lost on its way, from 0 to 1. The first one never is.",
  bareTombstones: "Deleted events in lists say no more than their id.",
  emptyPages: "Every page of events.list comes behind an empty one, as Google allows itself.",
  accountDeletionDeletesCalendars: "Deleting an account deletes the calendars whose data it owns.",
  sendsWWWAuthenticate: "401 and a missing scope come with a WWW-Authenticate header.",
  patchCountsThrice: "A PATCH counts as three requests in the quotas by the minute.",
  retryAfterSeconds: "Refusals for the rate and 503 say with Retry-After when to come back. Empty: they do not.",
  batchOrderShuffled: "The calls of a batch are done in any order. Their answers keep theirs.",
  quotaUserSplitsServiceAccounts: "quotaUser divides the quota of a service account that acts as itself, too.",
  refusedCallsCount: "Calls refused for their rate count towards the next refusal.",
  repeatedParametersRefused: "A parameter given twice is refused unless it takes several values. Off: the last one counts.",
  disabledProjects: "Projects in which the Calendar API is not enabled, with commas between.",
};

export const quotas = {
  perMinutePerUser: "Requests a minute of one account.",
  perMinutePerProject: "Requests a minute of one project.",
  writesPerMinutePerCalendar: "Writes a minute to one calendar.",
  calendarCreations: "New calendars of one account in the period below; beyond it quotaExceeded.",
  eventCreations: "New events of one account in that period.",
  externalInvitations: "Guests of other domains that one account invites in that period.",
  calendarShares: "Shares of calendars by one account in that period.",
  usePeriodSeconds: "The period of the four limits above, in seconds.",
  envelope: "Who refuses by the minute: the front end with details, or Calendar with a bare sentence.",
  perUserReason: "The reason when one account asks too often: Google uses both.",
  form: "The status of a refusal: Google uses both.",
};

export const effects = {
  afterCommit: "afterCommit: done, but the answer is lost",
  reset: "reset: the connection closes, nothing is done",
  cut: "cut: done, half the answer arrives",
  html: "html: a page of HTML, nothing is done",
};

/** What Calendar is known to answer; any other may be typed. */
export const reasons = [
  "backendError", "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "authError", "forbidden",
  "insufficientPermissions", "requiredAccessLevel", "accessNotConfigured", "notFound", "duplicate", "conflict", "deleted",
  "fullSyncRequired", "conditionNotMet", "badRequest",
];

export const presets = [
  ["Next call: 503", { status: 503, count: 1 }],
  ["Next call: rate limited", { reason: "rateLimitExceeded", count: 1 }],
  ["Next call: 401", { reason: "authError", count: 1 }],
  ["Next call: HTML 502", { effect: "html", count: 1 }],
  ["Next call: connection closed", { effect: "reset", count: 1 }],
  ["Next insert: done, answer lost", { method: "events.insert", effect: "afterCommit", count: 1 }],
  ["Next answer: cut", { effect: "cut", count: 1 }],
  ["Every call 2 s late", { delayMilliseconds: 2000 }],
  ["One call in ten: 500", { status: 500, probability: 0.1 }],
];
