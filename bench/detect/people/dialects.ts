import type { Dialect } from '../traffic/sip.ts'

/** Habits of honest phones; the names are made up. */
export const DIALECTS: readonly Dialect[] = [
  { agent: 'Telna Desk 410/5.2.1', hasAllow: true, isPreemptive: true },
  { agent: 'Openwire Softphone 3.8 (Linux)', isRouteFirst: true },
  { agent: 'Brambel DECT base 2.10.004', isPreemptive: true, isRouteFirst: true },
  { agent: 'pocketline/7.0.3 (mobile)', isCompact: true, isPreemptive: true },
  { agent: 'Corvo ATA-2 fw 1.9', letters: 'lower' },
  { agent: '', hasAllow: true },
  { agent: 'Halden PBX connector 12', hasAllow: true, isRouteFirst: true, isPreemptive: true },
  { agent: 'Door station "Nord" 0.4', isFolded: true },
]
