/** What stood under load. */
export type ServerName = 'aspis' | 'aspis-dgram' | 'kamailio' | 'kamailio-stateless'

export const TRANSPORTS = ['udp', 'tcp', 'tls'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** `a` to `e` and `g` of the load generator. */
export const WORKLOADS = ['a', 'b', 'c', 'd', 'e', 'g'] as const
export type Workload = (typeof WORKLOADS)[number]

export const WHAT: Readonly<Record<Workload, string>> = {
  a: 'REGISTER',
  b: 'REGISTER with digest',
  c: 'call',
  d: 'call with digest',
  e: 'OPTIONS',
  g: 'call, stateless beside',
}

/** Workloads in which the server asks for credentials. */
export const WITH_DIGEST: ReadonlySet<Workload> = new Set<Workload>(['b', 'd'])

/** Calls: the memory of their transactions must be in use again before a window says anything. */
export const CALLS: ReadonlySet<Workload> = new Set<Workload>(['c', 'd', 'g'])

/** How much is asked: calls in flight at a time, or calls a second. */
export type Pressure = { readonly inFlight: number } | { readonly ratePerSecond: number }

/** What the load generator counted in one window. */
export interface Window {
  /** CPU time of all threads of all processes of the server in µs, for one call or transaction. */
  readonly cpuUs: number
  readonly perSecond: number
  readonly failedPercent: number
  /** Messages that came twice, in percent of the calls. */
  readonly repeatedPercent: number
  /** From the request to its final response, in µs; the first response of a call is earlier. */
  readonly p50Us: number
  readonly p99Us: number
  /** From the INVITE to the first 180, in µs; 0 without calls. */
  readonly ringingP50Us: number
  /** Share of one processor that the server used, and that the generator used. */
  readonly serverLoad: number
  readonly generatorLoad: number
  readonly messagesPerCall: number
  /** Begin and end by the monotonic clock, in µs. */
  readonly fromUs: number
  readonly toUs: number
  /** Part of the server's time that was the kernel's, warm-up included. */
  readonly kernelShare: number
  readonly residentMegabytes: number
  /** Answers that the generator did not want, by status. */
  readonly codes: Readonly<Record<string, number>>
}

/** One window of one server. */
export interface Figure extends Window {
  readonly server: ServerName
  readonly workload: Workload
  readonly transport: Transport
  readonly load: 'saturated' | 'tenth'
  readonly round: number
}
