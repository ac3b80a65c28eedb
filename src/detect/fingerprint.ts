import { H } from '../sip/message/header-id.ts'
import type { SipRequest } from '../sip/message/message.ts'

/** Names that tools for attacks give themselves, lower case; each a part of User-Agent. */
const NAMES = [
  'conaito',
  'friendly-scanner',
  'friendly-request',
  'gulp',
  'iwar',
  'mr.sip',
  'nmap',
  'pplsip',
  'sip-scan',
  'sipcli',
  'sipptk',
  'sippts',
  'siparmyknife',
  'sipvicious',
  'sivus',
  'smap',
  'sundayddr',
  'vaxsipuseragent',
  'viproy',
  'voiper',
] as const

const MAX_NAME_CHARS = 128

/**
 * Marks of attack tools: what they write that phones do not. Whoever wants to can leave each of them out, so they only
 * add weight to what a source does.
 * @returns what was recognised in words, or '' for nothing
 */
export function fingerprintOf(request: SipRequest): string {
  const agent = request.header(H.userAgent)
  if (agent !== undefined) {
    const name = toolOf(agent)
    if (name !== '') return `the name ${name}`
  }
  const { branch = '' } = request.topVia
  if (isDigits(branch, BRANCH_COOKIE.length + 1, 5, 10) && branch.startsWith(`${BRANCH_COOKIE}-`)) {
    if (isDigits(request.callId, 0, 20, 25)) return 'numbers as branch and Call-ID'
    if (isBareContact(request)) return 'a number as branch and a Contact without brackets'
  }
  if (branch === 'foo' && request.from.tag === 'root') return 'the probe of a port scanner'
  const { host } = request.from.uri
  if (host === '1.1.1.1' && request.to.uri.host === host) return 'From and To at 1.1.1.1'
  return ''
}

/** The agent that was looked at last: a flood has one name. */
let lastAgent = ''
let lastTool = ''

/** The tool that a User-Agent names, '' none. */
function toolOf(agent: string): string {
  if (agent === lastAgent) return lastTool
  const text = agent.slice(0, MAX_NAME_CHARS).toLowerCase()
  lastTool = NAMES.find(name => text.includes(name)) ?? ''
  lastAgent = agent
  return lastTool
}

const BRANCH_COOKIE = 'z9hG4bK'

/** Whether nothing but digits stands from there to the end, so many of them. */
function isDigits(text: string, from: number, min: number, max: number): boolean {
  const count = text.length - from
  if (count < min || count > max) return false
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return true
}

function isBareContact(request: SipRequest): boolean {
  const contact = request.header(H.contact)
  return contact !== undefined && !contact.includes('<') && !contact.includes(';')
}
