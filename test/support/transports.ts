import { Deadlines } from '../../src/base/deadlines.ts'
import type { Flow, TransportName } from '../../src/base/flow.ts'
import type { RefusedConnection, TransportCallbacks } from '../../src/net/callbacks.ts'
import { chooseDatagrams, type DatagramsWanted } from '../../src/net/datagram-choice.ts'
import { openTransports, type TransportOptions, type Transports } from '../../src/net/transports.ts'
import { StreamFramer } from '../../src/sip/transport/framing.ts'

/** Transports on loopback with a clock of their own, and what they told. */
export interface TestNetwork extends AsyncDisposable {
  readonly transports: Transports
  readonly messages: { text: string; flow: Flow }[]
  readonly opened: Flow[]
  readonly closed: { flow: Flow; reason: string }[]
  readonly refused: RefusedConnection[]
  readonly unreachable: string[]
  /** Resolves when the condition holds; looked at after each callback. */
  until(condition: () => boolean): Promise<void>
  /** Lets time pass, and what is due happen. */
  pass(ms: number): void
  /** The port of the first listener of a transport. */
  port(transport: TransportName): number
}

export interface TestNetworkOptions extends Partial<TransportOptions> {
  /** Each on an ephemeral port of 127.0.0.1. */
  readonly on?: readonly TransportName[]
  readonly callbacks?: Partial<TransportCallbacks>
  /** Default: what `ASPIS_DATAGRAMS` says, else as a server chooses. */
  readonly datagrams?: DatagramsWanted
}

/** What the tests' datagrams go by, unless a test says so itself. */
export const wantedDatagrams: DatagramsWanted =
  (['native', 'node'] as const).find(each => each === process.env.ASPIS_DATAGRAMS) ?? 'auto'

/** Opens transports for a test; dispose of them with `await using`. */
export async function testNetwork(options: TestNetworkOptions = {}): Promise<TestNetwork> {
  let nowMs = 1_000_000
  const deadlines = new Deadlines()
  const waiting = new Set<() => void>()
  const told = (): void => {
    for (const look of [...waiting]) look()
  }
  const messages: TestNetwork['messages'] = []
  const opened: Flow[] = []
  const closed: TestNetwork['closed'] = []
  const refused: RefusedConnection[] = []
  const unreachable: string[] = []
  const { on = [], callbacks = {}, datagrams = wantedDatagrams, ...rest } = options
  const transports = await openTransports(
    {
      listen: on.map(transport => ({ transport, address: { ip: '127.0.0.1', port: 0 } })),
      deadlines,
      nowMs: () => nowMs,
      makeFramer: () => new StreamFramer(),
      makeDatagramTransport: chooseDatagrams(datagrams, 500).make,
      ...rest,
    },
    {
      ...callbacks,
      onMessage(text, flow) {
        messages.push({ text, flow })
        callbacks.onMessage?.(text, flow)
        told()
      },
      onOpened(flow) {
        opened.push(flow)
        told()
      },
      onClosed(flow, reason) {
        closed.push({ flow, reason })
        told()
      },
      onRefused(one) {
        refused.push(one)
        told()
      },
      onUnreachable(remote, _local, code) {
        unreachable.push(`${remote.ip}:${remote.port} ${code}`)
        told()
      },
    },
  )
  return {
    transports,
    messages,
    opened,
    closed,
    refused,
    unreachable,
    until: condition =>
      new Promise(resolve => {
        const look = (): void => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    pass(ms) {
      nowMs += ms
      deadlines.run(nowMs)
    },
    port(transport) {
      return transports.listeners.find(listener => listener.transport === transport)?.address.port ?? 0
    },
    [Symbol.asyncDispose]: () => transports.close(),
  }
}

/** An OPTIONS request as it stands on a stream. */
export function options(callId: string, body = ''): string {
  return `OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nCall-ID: ${callId}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
