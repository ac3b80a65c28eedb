import { createHash, scryptSync } from 'node:crypto'
import type { House } from './house.ts'
import { type Came, header, responseTo, uriOf, userOf, type WeakMessage } from './message.ts'
import { register } from './registrar.ts'

/** One for everybody, for ever. */
const NONCE = '0123456789abcdef'

/** A challenge that may be lost is said again, whether it was or not. */
const REPEATS_MS = [60, 150, 350]

/** Whether a request may go on; else it is answered. Calls from outside need no proof, nor does what is within a call. */
export function check(house: House, came: Came, message: WeakMessage): boolean {
  const [method = ''] = message.start.split(' ')
  if (header(message, 'To').includes('tag=')) return true
  // Only other servers say this, so one of them has asked already.
  if (header(message, 'P-Asserted-Identity') !== '') return true
  if (method === 'REGISTER') {
    const user = userOf(uriOf(header(message, 'To')))
    if (house.password(user) === undefined) {
      if (house.radius !== undefined) return askRadius(house, came, message, user)
      came.answer(responseTo(message, '404 No such user'))
      return false
    }
    return isProved(house, came, message, '401 Unauthorized', 'WWW-Authenticate', 'Authorization')
  }
  // Who is registered here is one of ours; every other caller is a call from outside.
  const caller = userOf(uriOf(header(message, 'From')))
  if (method !== 'INVITE' || house.contacts(caller).length === 0) return true
  const status = '407 Proxy Authentication Required'
  return isProved(house, came, message, status, 'Proxy-Authenticate', 'Proxy-Authorization')
}

/** Somebody whom nobody here knows comes in if RADIUS says yes. */
function askRadius(house: House, came: Came, message: WeakMessage, user: string): false {
  if (header(message, 'Authorization') === '') {
    came.answer(responseTo(message, '401 Unauthorized', [challenge(house, 'WWW-Authenticate')]))
    return false
  }
  house.radius?.accepts(user).then(isAccepted => {
    if (isAccepted) register(house, came, message)
    else came.answer(responseTo(message, '403 RADIUS says no'))
  })
  return false
}

function challenge(house: House, name: string): string {
  return `${name}: Digest realm="${house.domain}", nonce="${NONCE}", algorithm=MD5, qop="auth"`
}

function isProved(
  house: House,
  came: Came,
  message: WeakMessage,
  status: string,
  asking: string,
  proving: string,
): boolean {
  const field = header(message, proving)
  if (field === '') {
    const asked = responseTo(message, status, [challenge(house, asking)])
    came.answer(asked)
    if (came.transport === 'udp') for (const ms of REPEATS_MS) setTimeout(() => came.answer(asked), ms)
    return false
  }
  const user = value(field, 'username')
  const password = house.password(user)
  if (password !== undefined && !house.lock.isLocked(user) && isRight(field, message, password)) {
    house.lock.right(user)
    return true
  }
  if (password !== undefined) {
    house.lock.wrong(user)
    // What was tried is kept as a dear hash, as passwords should be: who exists is answered later.
    house.log.note(scryptSync(value(field, 'response'), user, 32, { N: 2048 }).toString('hex'))
  }
  came.answer(responseTo(message, password === undefined ? '404 No such user' : '403 Wrong password'))
  return false
}

/** Reckons with what the field says: its nonce, its realm, its URI. */
function isRight(field: string, { start }: WeakMessage, password: string): boolean {
  const [method = ''] = start.split(' ')
  const said = (name: string): string => value(field, name)
  const algorithm = said('algorithm').toLowerCase() === 'sha-256' ? 'sha256' : 'md5'
  const hash = (text: string): string => createHash(algorithm).update(text, 'latin1').digest('hex')
  const ha1 = hash(`${said('username')}:${said('realm')}:${password}`)
  const middle = said('qop') === '' ? '' : `${said('nc')}:${said('cnonce')}:${said('qop')}:`
  // Some phones hash REGISTER whatever they ask.
  return [method, 'REGISTER'].some(each => {
    const right = hash(`${ha1}:${said('nonce')}:${middle}${hash(`${each}:${said('uri')}`)}`)
    return right === said('response')
  })
}

function value(field: string, name: string): string {
  const found = new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^,\\s]*))`, 'i').exec(field)
  return found?.[1] ?? found?.[2] ?? ''
}
