/** Methods of RFC 3261 and its extensions that are carried here, sorted. */
export const METHODS: readonly string[] = [
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
]

/** The same, to look up. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
