import { H } from '../../sip/message/header-id.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import type { RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const WINDOW_MS = 600_000
const ROWS = 4096
const WIDTH = 64
const HOUR_MS = 3_600_000
/** Shorter texts are said by many people to many: "on my way". */
const MIN_BODY_CHARS = 24
/** Who sent one text to so many is one of those who spread it. */
const OWN_SHARE = 3

/**
 * Messages to many: one sender who writes to many people within ten minutes, and one text that reaches many
 * within an hour from whomever, whatever numbers stand in it. Behind an address where users logged in each of them is counted by himself. What phones write to each
 * other unasked, typing notices and receipts, is no text.
 */
export const messageSpam = detector({
  id: 'message-spam',
  title: 'One message to many',
  class: 'behaviour',
  threats: ['spam-calls', 'text-messages-are-easily-forged'],
  isSpoofable: true,
  score: 30,
  evasion:
    'Write slower, under more accounts, and each text in other words: what is left is the number of accounts.',
  thresholds: {
    recipients: {
      default: 25,
      min: 5,
      max: WIDTH,
      unit: 'recipients',
      meaning: 'Different people whom one sender writes to within ten minutes.',
    },
    recipientsOfText: {
      default: 20,
      min: 5,
      max: WIDTH,
      unit: 'recipients',
      meaning:
        'Different people whom one text of 24 characters or more reaches within an hour, from whomever, whatever digits it has.',
    },
  },
  start: ({ limits, hash, report }) => {
    const salt = hash('message-spam')
    const bySender = new FewDistinct(ROWS, WIDTH, WINDOW_MS)
    const byText = new FewDistinct(ROWS / 4, WIDTH, HOUR_MS)
    const byTextOfSource = new FewDistinct(ROWS / 4, OWN_SHARE, HOUR_MS)
    return {
      only: { request: { methods: ['MESSAGE'], part: 'outside' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (request.method !== 'MESSAGE' || seen.isInDialog || source.trunk !== undefined || !isText(seen))
          return
        const recipient = hash(request.requestUri)
        const address = mixed(salt, source.slot, source.generation)
        const isOffice = source.lastLoginMs !== Number.NEGATIVE_INFINITY
        const sender = isOffice ? mixed(address, hash(request.from.uriText)) : address
        const count = bySender.add(sender, recipient, atMs)
        const subject = subjectOfSource(source)
        if (count >= limits.recipients)
          report({
            subject,
            seen,
            value: count,
            limit: limits.recipients,
            why: `${quoted(request.from.uriText)} at ${source.ip} wrote to ${count} different people within ten minutes.`,
            confidence: 'medium',
            isSpoofable: !source.isProved,
          })
        const { body } = request
        if (body.length < MIN_BODY_CHARS) return
        const text = mixed(salt, hash(body.replace(DIGITS, '')))
        const reached = byText.add(text, recipient, atMs)
        const own = byTextOfSource.add(mixed(text, address), recipient, atMs)
        if (reached >= limits.recipientsOfText)
          report({
            subject: own >= OWN_SHARE ? subject : { kind: 'server', name: '' },
            seen,
            value: reached,
            limit: limits.recipientsOfText,
            why: `One text reached ${reached} different people within an hour, last from ${quoted(request.from.uriText)} at ${source.ip}.`,
            confidence: 'medium',
            isSpoofable: !source.isProved,
          })
      },
    }
  },
})

const DIGITS = /[0-9]+/g

/** Words for people: text, alone, wrapped (RFC 3862) or among parts; a body without a type is shown as text too. */
function isText({ request }: RequestSeen): boolean {
  const type = request.header(H.contentType)?.toLowerCase()
  if (type === undefined) return request.bodyEnd > request.bodyStart
  return WORDS.some(words => type.startsWith(words))
}

const WORDS = ['text/', 'message/cpim', 'multipart/'] as const
