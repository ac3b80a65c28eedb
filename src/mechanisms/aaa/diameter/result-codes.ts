/**
 * Values of Result-Code that we send or know. One a line, by number.
 * @see RFC 6733 §7.1, RFC 4740 §10.1
 */
export const RESULT = {
  multiRoundAuth: 1001,
  success: 2001,
  limitedSuccess: 2002,
  firstRegistration: 2003,
  subsequentRegistration: 2004,
  unregisteredService: 2005,
  successServerNameNotStored: 2006,
  serverSelection: 2007,
  successAuthSentServerNotStored: 2008,
  commandUnsupported: 3001,
  unableToDeliver: 3002,
  realmNotServed: 3003,
  tooBusy: 3004,
  loopDetected: 3005,
  redirectIndication: 3006,
  applicationUnsupported: 3007,
  invalidHeaderBits: 3008,
  invalidAvpBits: 3009,
  unknownPeer: 3010,
  authenticationRejected: 4001,
  electionLost: 4003,
  userNameRequired: 4013,
  avpUnsupported: 5001,
  authorizationRejected: 5003,
  invalidAvpValue: 5004,
  missingAvp: 5005,
  contradictingAvps: 5007,
  avpNotAllowed: 5008,
  avpOccursTooManyTimes: 5009,
  noCommonApplication: 5010,
  unsupportedVersion: 5011,
  unableToComply: 5012,
  invalidBitInHeader: 5013,
  invalidAvpLength: 5014,
  invalidMessageLength: 5015,
  noCommonSecurity: 5017,
  userUnknown: 5032,
  identitiesDontMatch: 5033,
  identityNotRegistered: 5034,
  roamingNotAllowed: 5035,
  identityAlreadyRegistered: 5036,
  authSchemeNotSupported: 5037,
  inAssignmentType: 5038,
  tooMuchData: 5039,
  notSupportedUserData: 5040,
} as const

/** Whether a result is of the class of success (RFC 6733 §7.1.2). */
export function isSuccess(resultCode: number): boolean {
  return resultCode >= 2000 && resultCode < 3000
}

/** Whether the protocol failed on the way, and another way may do better (RFC 6733 §7.1.3). */
export function isProtocolError(resultCode: number): boolean {
  return resultCode >= 3000 && resultCode < 4000
}
