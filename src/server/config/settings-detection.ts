import { z } from 'zod'
import { count, list, row, seconds, written } from './row.ts'
import { DetectionOutputsObject } from './settings-detection-outputs.ts'
import { readPrefix } from './values.ts'

const score = (action: string, from: number) =>
  row('number', String(from), `Score of an incident from which on ${action}`, count(5, 1000).default(from))

// biome-ignore format: one setting a line
export const DetectionResponseObject = z.strictObject({
  ban: row('duration', '1m', 'First ban; each further one of the same offender is twice as long.', seconds(1, 86_400).default(60), { unit: 'seconds' }),
  challenge: score('an address needs credentials even where nobody does.', 20),
  drop: score('nothing of an address is read any more: a ban.', 50),
  'kernel-drop': score('the kernel throws away what a banned address sends, where it can.', 50),
  'max-ban': row('duration', '1d', 'Longest ban, and how long offences are remembered.', seconds(60, 604_800).default(86_400), { unit: 'seconds' }),
  'rate-limit': score('wrong credentials get few answers, and what comes unproved goes into the lower lane.', 30),
  rest: row('duration', '10m', 'Milder orders than a ban end so long after the last finding.', seconds(10, 86_400).default(600), { unit: 'seconds' }),
  suspend: score('calls of an account to the outside are refused (fraud).', 50),
  'suspend-for': row('duration', '1h', 'First suspension of an account; doubles as bans do.', seconds(60, 86_400).default(3600), { unit: 'seconds' }),
  tarpit: score('wrong credentials are answered late.', 40),
})

// biome-ignore format: one setting a line
export const DetectionObject = z.strictObject({
  allow: row('list of addresses', '[]', 'Addresses or prefixes that are never acted against; found out about all the same.', list(written(readPrefix)).default([])),
  detectors: row('objects by detector', '{} (each at its defaults)', '`NAME: {mode: enforce, monitor or off, THRESHOLD: number}`; a wrong name is told with those that there are.', z.record(z.string(), z.unknown()).default({})),
  kernel: row('auto, on or off', 'auto', "A table of the kernel's packet filter (nftables) drops the banned, lets pass who logged in and bounds strangers; auto: where nft and CAP_NET_ADMIN are there.", z.enum(['auto', 'on', 'off']).default('auto')),
  'kernel-strangers': row('number', '2000', 'Datagrams a second that the kernel lets in from addresses nobody logged in from, all of them together; a quarter of them from one /24 or /64.', count(10, 1_000_000).default(2000), { unit: 'datagrams a second' }),
  mode: row('enforce, monitor or off', 'enforce', 'Act, only tell what would have been done, or nothing at all.', z.enum(['enforce', 'monitor', 'off']).default('enforce')),
  outputs: row('object', '', 'Where findings go beside the log.', DetectionOutputsObject.prefault({}), { of: DetectionOutputsObject }),
  response: row('object', '', 'What follows from findings.', DetectionResponseObject.prefault({}), { of: DetectionResponseObject }),
})
