import { allOf, firstOf, identityOf, numberOf } from './check.ts'
import { COMMANDS, type CommandName, commandOf, RELAY_APPLICATION, SIP_APPLICATION } from './commands.ts'
import type { Avp, DiameterMessage } from './decode.ts'
import { type AvpPair, encodeMessage } from './encode.ts'

/** Who we are among Diameter nodes. */
export interface DiameterIdentity {
  /** Origin-Host: a host name, lower case. */
  readonly host: string
  /** Origin-Realm, lower case. */
  readonly realm: string
  /** Origin-State-Id: higher after each start (RFC 6733 §8.16). */
  readonly stateId: number
}

/** Why we leave (RFC 6733 §5.4.3). */
export const DISCONNECT_CAUSE = { rebooting: 0, busy: 1, doNotWantToTalkToYou: 2 } as const

/** A request of ours; ids are given by who sends it. */
export function writeRequest(
  name: CommandName,
  ids: { readonly hopByHop: number; readonly endToEnd: number },
  avps: readonly AvpPair[],
): Buffer {
  const { code, applicationId, isProxiable } = commandOf(name)
  return encodeMessage(
    { isRequest: true, isProxiable, isError: false, isRetransmission: false, code, applicationId, ...ids },
    avps,
  )
}

/** The answer to a request: same ids, Proxy-Info as it came (RFC 6733 §6.2). */
export function writeAnswer(
  to: Omit<DiameterMessage, 'avps'>,
  avps: readonly AvpPair[],
  { isError = false, proxyInfo = [] }: { isError?: boolean; proxyInfo?: readonly Avp[] } = {},
): Buffer {
  const answer = encodeMessage({ ...to, isRequest: false, isRetransmission: false, isError }, avps)
  if (proxyInfo.length === 0) return answer
  const whole = Buffer.concat([answer, ...proxyInfo.map(avp => avp.whole)])
  whole.writeUIntBE(whole.length, 1, 3)
  return whole
}

/** Origin-Host and Origin-Realm. */
export function originOf({ host, realm }: DiameterIdentity): readonly AvpPair[] {
  return [
    ['Origin-Host', host],
    ['Origin-Realm', realm],
  ]
}

/**
 * What CER and CEA say of us.
 * @param localIp the address that the connection has here
 * @see RFC 6733 §5.3
 */
export function capabilitiesOf(identity: DiameterIdentity, localIp: string): readonly AvpPair[] {
  return [
    ...originOf(identity),
    ['Host-IP-Address', localIp],
    ['Vendor-Id', 0],
    ['Product-Name', 'Aspis'],
    ['Origin-State-Id', identity.stateId],
    ['Auth-Application-Id', SIP_APPLICATION],
    // TLS is there before the first message, or the operator said that there is none (DIA-01).
    ['Inband-Security-Id', 0],
  ]
}

/** What a CER or CEA says of the peer. */
export interface PeerCapabilities {
  readonly host: string
  readonly realm: string
  /** Whether it speaks the SIP application, or relays everything. */
  readonly speaksSip: boolean
}

/** Reads a CER or CEA that was found good. */
export function readCapabilities({ avps }: DiameterMessage): PeerCapabilities {
  const groups = allOf(avps, 'Vendor-Specific-Application-Id').map(({ group }) => group)
  const ids = [avps, ...groups].flatMap(list =>
    allOf(list, 'Auth-Application-Id').map(avp => avp.data.readUInt32BE(0)),
  )
  const relays = allOf(avps, 'Acct-Application-Id').map(avp => avp.data.readUInt32BE(0))
  return {
    host: identityOf(avps, 'Origin-Host') ?? '',
    realm: identityOf(avps, 'Origin-Realm') ?? '',
    speaksSip: ids.includes(SIP_APPLICATION) || [...ids, ...relays].includes(RELAY_APPLICATION),
  }
}

/** Whether a message is one of a command. */
export function isCommand(message: DiameterMessage, name: CommandName): boolean {
  return message.code === COMMANDS[name].code
}

/** Result-Code of an answer; 0 when there is none. */
export function resultOf({ avps }: DiameterMessage): number {
  return numberOf(avps, 'Result-Code') ?? 0
}

/** The Session-Id of a message, to be sent back as it came. */
export function sessionOf({ avps }: DiameterMessage): readonly AvpPair[] {
  const avp = firstOf(avps, 'Session-Id')
  return avp === undefined ? [] : [['Session-Id', avp.data.toString('latin1')]]
}
