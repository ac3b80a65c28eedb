import type { Threat } from './threat.ts'

/** The paper's abstract and its sections 1 and 2. */
export const introduction: readonly Threat[] = [
  {
    id: 'known-internet-attacks',
    title: 'What attacks any Internet service attacks SIP',
    clause: 'Abstract and §1: signalling and voice are exposed to the known attacks of the Internet',
    impact: 'Loss of availability, confidentiality and integrity',
    remedy: 'Bound everything that a stranger can size, key or repeat, and refuse what is not well-formed.',
    status: 'answered',
    defences: ['room:base', 'room:net', 'room:sip/message', 'stage:well-formed'],
    tests: [
      'whatever is written, the map holds no more than its bound',
      'limits hold while bytes arrive, before any line ends (MSG-16)',
      'a page of an origin that is not listed is refused with 403 (TRN-10)',
    ],
  },
  {
    id: 'less-reliable-than-pstn',
    title: 'Telephony that is less reliable than the telephone network',
    clause: '§1: VoIP has to reach the reliability and availability of PSTN',
    impact: 'Users that registered cannot be called; calls fail with one server',
    remedy: 'Make a binding durable before it is acknowledged; try the next server when one fails.',
    status: 'answered',
    defences: ['room:store', 'room:mechanisms/naming', 'room:sip/transaction'],
    tests: [
      'kill -9 at any moment loses no acknowledged binding',
      'a full disk rejects changes, memory serves on, and room heals',
      'a lower priority number always comes first, and every server comes once',
      'a store that cannot write: 500 with Retry-After, the binding is as it was and calls go on',
      'calls over a network that loses, doubles and reorders: each ends once, each phone is told, nothing is left',
    ],
  },
  {
    id: 'voice-in-clear',
    title: 'The voice itself travels in clear',
    clause: '§1: one common network carries signalling and voice, so that voice is exposed as well',
    impact: 'Conversations are overheard or replaced',
    remedy: 'Demand and anchor secured media; today keys in SDP are protected by TLS on our hops only.',
    status: 'open',
    awaits: 'media relay',
    defences: ['room:mechanisms/tls'],
  },
  {
    id: 'request-before-authentication',
    title: 'A request that is served before its sender is known',
    clause: '§2.1, figure 1b: the server rejects an INVITE whose client has not been authenticated',
    impact: 'Anyone calls and registers as anyone',
    remedy: 'Challenge every request that starts something, and forward nothing without proof.',
    status: 'answered',
    defences: ['stage:authenticate', 'stage:authorize'],
    tests: [
      'DIG-01: no credentials, those of other realms and other schemes are challenged',
      'nothing is forwarded that was not authorized',
      'DIG-01 DOS-01: a stranger is challenged statelessly, with 401 by the registrar and 407 by the proxy',
    ],
  },
]
