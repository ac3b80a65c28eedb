import { ipKind } from '../../base/ip-address.ts'
import { prefixOf, sourceOf } from '../../base/source-network.ts'
import type { NameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { detector, type Setup } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import type { Subject } from '../subject.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'
import { partyOf } from '../tracker/party.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const ROWS = 2048
const WIDTH = 32

/** The server's words for contacts that lead to itself. */
const CIRCLES: ReadonlySet<string> = new Set(['contact-is-aor', 'contact-is-gruu', 'contact-points-to-us'])
/** For a way that no edge of ours wrote, and for more than one may have. */
const REFUSED: ReadonlySet<string> = new Set([
  'contact-is-foreign',
  'contact-not-sip',
  'path-unknown-edge',
  'too-many-bindings',
  'too-many-contacts',
])

/**
 * Contacts that are no telephone of who registers them: the server itself, which makes a loop; a third party, which
 * calls would then flood; more than any user has. A phone that is set up wrongly says the same again and again: counted
 * are different ones.
 */
export const hostileContacts = detector({
  id: 'hostile-contacts',
  title: 'Contacts that lead to a victim or in circles',
  class: 'spec',
  threats: ['forking-amplification', 'reflection', 'registration-hijack'],
  isSpoofable: true,
  score: 35,
  evasion:
    'Register few contacts at a victim, each by an account and address of its own: then the calls must come from somewhere too.',
  thresholds: {
    contacts: {
      default: 20,
      min: 3,
      max: 1000,
      unit: 'contacts',
      meaning: 'Contacts in one REGISTER.',
    },
    refused: {
      default: 3,
      min: 1,
      max: WIDTH,
      unit: 'contacts',
      meaning: 'Different contacts of one source within a day that are refused for where they lead.',
    },
    circles: {
      default: 2,
      min: 1,
      max: WIDTH,
      unit: 'contacts',
      meaning:
        'Different contacts of one source within a day whose host is the domain that they are registered at.',
    },
    renewed: {
      default: 14,
      min: 3,
      max: WIDTH,
      unit: 'contacts',
      meaning: 'Different contacts of one account from one source within an hour, without removal and flow.',
    },
    foreign: {
      default: 4,
      min: 2,
      max: WIDTH,
      unit: 'addresses',
      meaning: 'Addresses of others that one source registers within a day.',
    },
    accounts: {
      default: 20,
      min: 3,
      max: WIDTH,
      unit: 'accounts',
      meaning: 'Accounts that are registered within a day at one address from elsewhere.',
    },
  },
  start: setup => {
    const { limits, hash } = setup
    const salt = hash('hostile-contacts')
    const refused = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const foreign = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const accounts = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const circles = new FewDistinct(ROWS / 2, WIDTH, DAY_MS)
    const renewed = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    /** Somebody with good credentials who comes from address after address. */
    const ofAccount = (given: AnswerGiven, contact: string): void => {
      const name = partyOf(given.request.to.uri)
      const count = refused.add(mixed(salt, hash(name), 3), hash(contact), given.atMs)
      const limit = limits.refused * 2
      if (count < limit) return
      const why = `${count} different contacts were refused for ${quoted(name)} within a day, last ${quoted(contact)}.`
      tell(setup, given, { kind: 'account', name }, count, limit, 'medium', why)
    }
    return {
      only: { answer: { methods: ['REGISTER'] } },
      answer: given => {
        const { request, status, why, source, atMs } = given
        if (request.method !== 'REGISTER' || status === 401 || status === 407 || !request.has(H.contact))
          return
        if (source.trunk !== undefined || source.isAllowed) return
        const blamed = subjectOfSource(source)
        const key = mixed(salt, source.slot, source.generation)
        const contacts = request.countOf(H.contact)
        if (contacts >= limits.contacts)
          tell(
            setup,
            given,
            blamed,
            contacts,
            limits.contacts,
            'high',
            `${source.ip} registered ${contacts} contacts in one request.`,
          )
        if (CIRCLES.has(why) || REFUSED.has(why)) {
          const first = request.contacts[0]?.uriText ?? ''
          const count = refused.add(key, hash(first), atMs)
          const limit = CIRCLES.has(why) ? 1 : limits.refused
          if (count >= limit)
            tell(
              setup,
              given,
              blamed,
              count,
              limit,
              'medium',
              `${source.ip} tried to register ${quoted(first)}: refused as ${why}.`,
            )
          else ofAccount(given, first)
          return
        }
        for (const contact of request.contacts) {
          if (contact === undefined) continue
          if (contact.uri.host === request.to.uri.host) {
            const count = circles.add(key, hash(contact.uriText), atMs)
            if (count >= limits.circles)
              tell(
                setup,
                given,
                blamed,
                count,
                limits.circles,
                'medium',
                `${source.ip} registered ${count} contacts within a day that lead back to the domain itself, last ${quoted(contact.uriText)}.`,
              )
          } else if (status < 300 && isNewBinding(contact)) {
            const account = mixed(key, hash(partyOf(request.to.uri)))
            const count = renewed.add(account, hash(contact.uriText), atMs)
            if (count >= limits.renewed)
              tell(
                setup,
                given,
                blamed,
                count,
                limits.renewed,
                'low',
                `${source.ip} registered ${count} different contacts for ${quoted(partyOf(request.to.uri))} within an hour.`,
              )
          }
        }
        // Through an edge between, the address of a phone is not where its request comes from.
        if (request.has(H.path)) return
        for (const host of foreignHosts(request, source.ip)) {
          const count = foreign.add(key, hash(host), atMs)
          if (count >= limits.foreign)
            tell(
              setup,
              given,
              blamed,
              count,
              limits.foreign,
              'medium',
              `${source.ip} registered contacts at ${count} addresses of others within a day, last ${quoted(host)}.`,
            )
          const there = accounts.add(mixed(salt, hash(host), 1), hash(partyOf(request.to.uri)), atMs)
          if (there >= limits.accounts)
            tell(
              setup,
              given,
              { kind: 'destination', name: host },
              there,
              limits.accounts,
              'low',
              `${there} accounts were registered within a day at ${quoted(host)} from elsewhere: calls to them all would go there.`,
            )
        }
      },
    }
  },
})

/** Whether it may stay beside others: a phone that says by `reg-id` which flow it renews replaces its own. */
function isNewBinding({ params }: NameAddr): boolean {
  return params.get('expires') !== '0' && !params.has('reg-id') && !params.has('+sip.instance')
}

/** Public addresses of contacts, an IPv6 /64 as one, that are of another network than the request's. */
function foreignHosts({ contacts }: SipRequest, ip: string): readonly string[] {
  const hosts: string[] = []
  for (const contact of contacts) {
    const host = contact?.uri.host ?? ''
    if (ipKind(host) !== 'global') continue
    const source = sourceOf(host)
    if (prefixOf(source) !== prefixOf(ip)) hosts.push(source)
  }
  return hosts
}

function tell(
  { report }: Setup<'contacts' | 'refused' | 'circles' | 'renewed' | 'foreign' | 'accounts'>,
  seen: AnswerGiven,
  subject: Subject,
  value: number,
  limit: number,
  confidence: Confidence,
  why: string,
): void {
  const score = confidence === 'low' ? { score: 15 } : {}
  report({ subject, seen, value, limit, why, confidence, isSpoofable: !seen.source.isProved, ...score })
}
