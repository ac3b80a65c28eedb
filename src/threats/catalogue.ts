import { conclusion } from './conclusion.ts'
import { digestWeaknesses } from './digest-weaknesses.ts'
import { flaws } from './flaws.ts'
import { introduction } from './introduction.ts'
import { mechanisms } from './mechanisms.ts'
import { otherWeaknesses } from './other-weaknesses.ts'
import { subsystems } from './subsystems.ts'
import { tableOne } from './table-one.ts'
import type { Threat } from './threat.ts'

/** A part of the paper and what it names, in its order. */
export interface Chapter {
  readonly title: string
  readonly threats: readonly Threat[]
}

/** The paper from abstract to conclusion. */
export const chapters: readonly Chapter[] = [
  { title: 'Abstract, introduction and architecture', threats: introduction },
  { title: 'Security flaws in SIP (§3.1)', threats: flaws },
  { title: 'Table 1', threats: tableOne },
  { title: 'DNS, ENUM and AAA (§2.2, §3.1, §3.3)', threats: subsystems },
  { title: 'The mechanisms (§3.2)', threats: mechanisms },
  { title: 'Analysis: digest and authorisation (§3.3)', threats: digestWeaknesses },
  { title: 'Analysis: privacy, REFER, IPsec, TLS, S/MIME (§3.3)', threats: otherWeaknesses },
  { title: 'Conclusion (§4)', threats: conclusion },
]

/** Every threat and weakness of the paper, once. */
export const threats: readonly Threat[] = chapters.flatMap(chapter => chapter.threats)
