/** Diameter (RFC 6733) and its SIP application (RFC 4740): what is decided, without a socket. */
export { DISCONNECT_CAUSE, type DiameterIdentity, isCommand, resultOf } from './base-commands.ts'
export { checkMessage, identityOf } from './check.ts'
export {
  type Asked,
  type AskFailure,
  type ClientSettings,
  type ClientWorld,
  DiameterClient,
} from './client.ts'
export { type DiameterMessage, decodeMessage, readHeader } from './decode.ts'
export type { AvpPair } from './encode.ts'
export type { DiameterFault } from './fault.ts'
export { DiameterFramer, type DiameterFrames } from './framer.ts'
export type { Peer } from './peer.ts'
export type { DiameterLink, PeerNews, PeerSettings } from './peer-world.ts'
export { isSuccess, RESULT } from './result-codes.ts'
export { type ServerRequest, ServerRequests } from './server-requests.ts'
export {
  type AssignmentAnswer,
  type AuthAnswer,
  type LocationAnswer,
  type RegistrationAnswer,
  readLocationInfo,
  readMultimediaAuth,
  readServerAssignment,
  readUserAuthorization,
  type UserData,
} from './sip-answers.ts'
export {
  ASSIGNMENT_TYPE,
  AUTHORIZATION_TYPE,
  type DigestCredentials,
  locationInfo,
  multimediaAuth,
  type SipOrigin,
  serverAssignment,
  userAuthorization,
} from './sip-requests.ts'
