import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { PerSlot } from '../tables/per-slot.ts'

const HALF_LIFE_MS = 600_000
const KEPT_PLACES = 8

/**
 * Registrations that do not come to rest: one account that is at new address after new address within minutes, or that
 * registers and unregisters without end. A phone on a train changes its address every few minutes; two phones that
 * refresh in turn change nothing.
 */
export const registrationFlapping = detector({
  id: 'registration-flapping',
  title: 'A registration that never comes to rest',
  class: 'behaviour',
  threats: ['registration-hijack', 'flooding'],
  isSpoofable: false,
  score: 25,
  evasion: 'Change no faster than a phone on the way: then it is one.',
  thresholds: {
    places: {
      ...{ default: 8, min: 3, max: 1000, unit: 'addresses' },
      meaning: 'New addresses of one account, fading by half in ten minutes.',
    },
    removals: {
      ...{ default: 15, min: 3, max: 1000, unit: 'removals' },
      meaning: 'How often one account is unregistered, fading by half in ten minutes.',
    },
  },
  start({ limits, tables, hash, report }) {
    const { maxEntries } = tables.accounts
    const moves = new DecayingCounts(maxEntries, HALF_LIFE_MS)
    const removals = new DecayingCounts(maxEntries, HALF_LIFE_MS)
    const places = new PerSlot(maxEntries, maxEntries, () => ({
      ips: new Int32Array(KEPT_PLACES),
      next: 0,
      lastSlot: -1,
    }))
    return {
      registration(changed) {
        const { source, account, atMs } = changed
        const entry = tables.accounts.peek(account)
        if (entry === undefined || source.trunk !== undefined) return
        const isSpoofable = !source.isProved
        if (changed.isRemoval) {
          const value = removals.add(entry, 1, atMs)
          if (value < limits.removals) return
          report({
            subject: { kind: 'account', name: account },
            ...{
              seen: changed,
              value: Math.round(value),
              limit: limits.removals,
              confidence: 'medium',
              isSpoofable,
            },
            why: `${quoted(account)} was unregistered about ${Math.round(value)} times within minutes`,
          })
          return
        }
        const kept = places.of(entry)
        if (kept.lastSlot === source.slot) return
        kept.lastSlot = source.slot
        const key = hash(source.ip)
        if (kept.ips.includes(key)) return
        kept.ips[kept.next] = key
        kept.next = (kept.next + 1) % KEPT_PLACES
        const value = moves.add(entry, 1, atMs)
        if (value < limits.places) return
        report({
          subject: { kind: 'account', name: account },
          ...{
            seen: changed,
            value: Math.round(value),
            limit: limits.places,
            confidence: 'medium',
            isSpoofable,
          },
          why: `${quoted(account)} registered from about ${Math.round(value)} new addresses within minutes`,
        })
      },
    }
  },
})
