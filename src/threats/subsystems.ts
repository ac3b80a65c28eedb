import type { Threat } from './threat.ts'

/** What the paper says of DNS, ENUM and AAA: end of section 3.1 and of section 3.3. */
export const subsystems: readonly Threat[] = [
  {
    id: 'dns-cache-poisoning',
    title: 'Forged answers of DNS',
    clause: '§3.1: DNS cache poisoning by a fake record set',
    impact: 'Requests fail or go to another destination',
    remedy:
      'A resolver of our own whose answers must match port, ID, name in random case and type; bounds on all.',
    status: 'answered',
    defences: ['room:net/dns.ts', 'room:mechanisms/naming'],
    tests: [
      'a flood of guesses moves the question to TCP',
      'every query has its own port, ID and mixture of cases, and asks for recursion without AD',
      'records of other owners, classes and sections are left out',
      'a private or loopback address under a public name is refused, unless the operator allows it',
    ],
  },
  {
    id: 'sips-records-removed',
    title: 'The records for secure SIP vanish from a domain',
    clause: '§3.1: a fake record set effectively removes all SIPS records of a proxy server',
    impact: 'SIPS requests fail, or worse, are redirected',
    remedy:
      'A sips request has no way but TLS, checked by the domain as it stood before DNS; TLS once seen is missed.',
    status: 'answered',
    defences: ['room:mechanisms/naming', 'room:mechanisms/tls', 'room:mechanisms/sips'],
    tests: [
      'sends nothing in clear to a domain that offered TLS before',
      'TLS-08: a server for another name is told by the domain that was asked for',
      'for sips only records for TLS count, whatever NAPTR offers',
    ],
  },
  {
    id: 'dns-forged-on-path',
    title: 'Somebody on the path to the name server writes its answers',
    clause: '§3.1: attacks in DNS are very simple to deploy',
    impact: 'Requests of the sip scheme go to another destination',
    remedy: 'Signed DNS, or an authenticated channel to the name server.',
    status: 'open',
    awaits: 'DNSSEC',
    defences: ['room:net/dns.ts', 'room:mechanisms/tls'],
  },
  {
    id: 'enum-attack',
    title: 'Hostile ENUM records',
    clause: '§3.1: attacks in ENUM are very simple to deploy',
    impact: 'Calls to a number go to somebody else; expressions that never end',
    remedy: 'Bounded, linear rewriting, and no way into private networks.',
    status: 'open',
    awaits: 'ENUM',
  },
  {
    id: 'enum-data-unprotected',
    title: 'Data of ENUM registrars are unprotected',
    clause: '§3.3: how data exchanged among ENUM registrars can be protected has no framework',
    impact: 'Numbers are mapped to wrong addresses',
    remedy: 'Take mappings from signed zones only, and tell what was not signed.',
    status: 'open',
    awaits: 'ENUM',
  },
  {
    id: 'aaa-servers',
    title: 'Answers of AAA servers are forged',
    clause: '§2.2 and §3.1: AAA by RADIUS and Diameter is one of the subsystems that make security difficult',
    impact: 'A stranger is accepted, a user refused',
    remedy: 'Authenticated messages or TLS toward such servers; none is asked today, accounts are kept here.',
    status: 'open',
    awaits: 'RADIUS and Diameter',
  },
]
