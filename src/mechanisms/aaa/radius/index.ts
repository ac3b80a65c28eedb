/** RADIUS as a client of credentials and accounting: RFC 2865, 2866, 3579, 5080, 5090, 5997. */
export { type AccountingFacts, accountingAttributes, CAUSE, STATUS } from './accounting.ts'
export { ATTRIBUTE, type Attribute, CODE, first, fit } from './attributes.ts'
export {
  RadiusClient,
  type RadiusClientSettings,
  type RadiusOutcome,
  type RadiusServer,
  type RadiusWorld,
} from './client.ts'
export {
  type DigestFacts,
  type DigestForm,
  type DigestJudgement,
  type DigestRejection,
  digestAttributes,
  judgeDigest,
} from './digest-attributes.ts'
export { HEAD_OCTETS, lengthSaid, MAX_PACKET_OCTETS, type Packet, readPacket, writePacket } from './packet.ts'
export type { RadiusRefusal } from './refusal.ts'
