import { capabilitiesOf, isCommand, writeAnswer } from './base-commands.ts'
import { textOf } from './check.ts'
import type { DiameterMessage } from './decode.ts'
import type { AvpPair } from './encode.ts'

/** Answers of a server that does what it should, and knows alice. */
export function honestServer(host: string): (message: DiameterMessage) => Buffer | undefined {
  const identity = { host, realm: 'aaa.test', stateId: 1 }
  return message => {
    if (!message.isRequest) return undefined
    const result: AvpPair = ['Result-Code', 2001]
    if (isCommand(message, 'CE'))
      return writeAnswer(message, [result, ...capabilitiesOf(identity, '192.0.2.9')])
    const origin: readonly AvpPair[] = [
      ['Origin-Host', host],
      ['Origin-Realm', 'aaa.test'],
    ]
    if (message.applicationId === 0) return writeAnswer(message, [result, ...origin])
    return sipAnswer(message, 2001, origin, [])
  }
}

/** An answer of the SIP application. */
export function sipAnswer(
  to: DiameterMessage,
  resultCode: number,
  origin: readonly AvpPair[],
  more: readonly AvpPair[],
): Buffer {
  return writeAnswer(to, [
    ['Session-Id', textOf(to.avps, 'Session-Id') ?? ''],
    ['Auth-Application-Id', 6],
    ['Auth-Session-State', 1],
    ['Result-Code', resultCode],
    ...origin,
    ...more,
  ])
}
