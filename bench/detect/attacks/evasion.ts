import type { Dialect } from '../traffic/sip.ts'

/** What an attacker does so as not to be seen. */
export const EVASIONS = [
  'plain',
  'renamed',
  'compact',
  'letter-case',
  'folded',
  'percent-encoded',
  'small-segments',
  'many-sources',
  'hundredfold-slower',
  'ipv6-rotation',
] as const
export type Evasion = (typeof EVASIONS)[number]

/** Sources that an attack is spread over by `many-sources`, each in a network of its own. */
const SPREAD = 16
/** IPv6 /64 networks of one /48 that `ipv6-rotation` goes through. */
const NETWORKS = 64

/** The dialect of an attack tool under an evasion. */
export function disguised(dialect: Dialect, evasion: Evasion): Dialect {
  switch (evasion) {
    case 'renamed':
      return { ...dialect, agent: 'Telna Desk 410/5.2.1' }
    case 'compact':
      return { ...dialect, isCompact: true }
    case 'letter-case':
      return { ...dialect, letters: 'upper' }
    case 'folded':
      return { ...dialect, isFolded: true }
    default:
      return dialect
  }
}

/**
 * Address of the i-th sender of a campaign.
 * @param block number of the campaign, so that no two share a network
 * @param sources how many the attack has by itself
 */
export function addressOf(block: number, i: number, sources: number, evasion: Evasion): string {
  if (evasion === 'ipv6-rotation') {
    const network = sources > 1 ? i % sources : i % NETWORKS
    return `2001:db8:${(block & 0xffff).toString(16)}:${network.toString(16)}::${(1 + (i % 9)).toString(16)}`
  }
  const count = evasion === 'many-sources' ? sources * SPREAD : sources
  // Neighbouring numbers lie in networks far apart.
  const place = (block * 7919 + (i % count) * 104_729) % (64 * 65_536)
  return `${45 + (place >> 16)}.${(place >> 8) & 255}.${place & 255}.${1 + (block % 250)}`
}

/** Writes the special characters of a user part, and one more, as escapes. */
export function encoded(text: string, evasion: Evasion): string {
  if (evasion !== 'percent-encoded') return text
  return [...text]
    .map((letter, at) => (at % 3 === 0 || /[^\w.-]/.test(letter) ? escapeOf(letter) : letter))
    .join('')
}

function escapeOf(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
}
