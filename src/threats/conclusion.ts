import type { Threat } from './threat.ts'

/** Section 4 of the paper. */
export const conclusion: readonly Threat[] = [
  {
    id: 'no-central-points',
    title: 'There is no central point to monitor',
    clause: '§4: lack of central points for the design, implementation and monitoring of the traffic',
    impact: 'Attacks are not seen',
    remedy: 'One edge that counts and tells everything that it refuses, by name.',
    status: 'answered',
    defences: ['room:server/metrics.ts', 'room:server/log.ts', 'room:pipeline'],
    tests: [
      'whatever the edge does not serve is counted by name',
      'a user who asks for more than he may is counted by name',
      'no control character of a peer reaches a line, in either format',
    ],
  },
  {
    id: 'end-to-end-unfinished',
    title: 'End-to-end security is in the rough',
    clause: '§4: any end-to-end solution provided by SIP is partially in the rough',
    impact: 'Users have to trust every hop',
    remedy: 'Signed identities end to end, and signed and encrypted bodies.',
    status: 'open',
    awaits: 'S/MIME',
    defences: ['stage:verify-identity', 'stage:sign-identity'],
  },
  {
    id: 'no-intrusion-detection',
    title: 'There is no framework for intrusion detection',
    clause: '§4: a general framework for intrusion detection improves availability, reliability and security',
    impact: 'Slow and distributed attacks go on unseen',
    remedy: 'Detectors over one stream of events, live and over recordings, that explain what they found.',
    status: 'answered',
    defences: ['room:detect', 'room:server/detect'],
    tests: [
      'a finding says who, how much, how much is borne, and carries the message',
      'a detector that throws is disabled alone, and those beside it are told all the same',
      'every attack that the edge or its configuration can see is cited by a test',
      'fail2ban with its asterisk filter names the guesser, and nobody whom he names',
    ],
  },
  {
    id: 'security-not-shown',
    title: 'Nobody can see how secure a server is',
    clause: '§4: SIP is an effective solution only if it offers secure services',
    impact: 'Weak servers stay in use',
    remedy: 'Run every attack of this list against any server, and grade what happens.',
    status: 'answered',
    defences: ['room:audit'],
    tests: [
      'every attack of the list is tried on the weak server and on Aspis by a test',
      'aspis demo ends with two grades, best and worst, and a report of each server',
      'finds all that docs/audit/kamailio.md says it finds',
    ],
  },
]
