import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Flooded, FloodOrder } from './flooding.ts'

/** How often what is due is sent. */
const TICK_MS = 4
/** What a busy machine missed is made up for to that bound: a flood is no burst. */
const MAX_BEHIND_MS = 40
/** A flood that this machine cannot send in so many times its time ends unfinished. */
const PATIENCE = 1.5

/** Texts for one source, cut where something new stands in each message. */
interface Source {
  readonly socket: Socket
  readonly texts: readonly (readonly string[])[]
}

const order: FloodOrder = workerData
let heard = 0
let heardOctets = 0
const sources: Source[] = []
for (const ip of order.ips) sources.push(await sourceAt(ip ?? undefined))
parentPort?.postMessage('ready')
const sent = await send()
await pause(50)
for (const { socket } of sources) socket.close()
const flooded: Flooded = { sent, heard, heardOctets }
parentPort?.postMessage(flooded)

async function sourceAt(ip: string | undefined): Promise<Source> {
  const socket = createSocket({ type: isIP(order.target.ip) === 6 ? 'udp6' : 'udp4' })
  socket.on('error', () => {})
  socket.on('message', octets => {
    heard++
    heardOctets += octets.length
  })
  socket.bind(0, ip)
  await once(socket, 'listening')
  const at = `${ip ?? order.ownIp}:${socket.address().port}`
  return { socket, texts: order.texts.map(text => text.replaceAll('{at}', at).split('{n}')) }
}

/** Sends everything, evenly. @returns how much of it went out */
async function send(): Promise<number> {
  const { count, perSecond, target, seed } = order
  const beganMs = performance.now()
  const untilMs = beganMs + (count / perSecond) * 1_000 * PATIENCE
  let at = 0
  let skippedMs = 0
  while (at < count && performance.now() < untilMs) {
    const due = ((performance.now() - beganMs - skippedMs) * perSecond) / 1_000
    const most = (MAX_BEHIND_MS * perSecond) / 1_000
    if (due - at > most) skippedMs += ((due - at - most) * 1_000) / perSecond
    for (const end = Math.min(count, at + Math.min(most, due - at)); at < end; at++) {
      const source = sources[at % sources.length]
      const parts = source?.texts[at % order.texts.length]
      if (source === undefined || parts === undefined) continue
      const octets = Buffer.from(parts.join(`${seed}${at.toString(36)}`), 'latin1')
      source.socket.send(octets, target.port, target.ip, () => {})
    }
    await pause(TICK_MS)
  }
  return at
}
