import jssip from 'jssip'

/**
 * What runs inside Chromium: a phone of JsSIP that the test drives by `window.phone`. It is bundled by esbuild and
 * meets no other code of ours.
 */
const settings = { audio: true, video: false }
const media = { mediaConstraints: settings, pcConfig: { iceServers: [] } }

/** What is played, into nothing: Chromium decodes only what something plays. */
const player = document.createElement('audio')
const audio = new AudioContext()
let analyser = audio.createAnalyser()

let isAnswering = true
let agent
let session
const events = []

function watch(fresh, direction) {
  session = fresh
  events.push(`session:${direction}`)
  for (const name of [
    'progress',
    'accepted',
    'confirmed',
    'failed',
    'ended',
    'hold',
    'unhold',
    'refer',
    'reinvite',
  ]) {
    fresh.on(name, (told = {}) => {
      const detail = [told.cause, told.message?.status_code].filter(each => each !== undefined).join(' ')
      events.push(`${name}:${detail}`)
    })
  }
  const hear = connection => {
    connection.addEventListener('track', ({ streams: [stream] }) => {
      if (stream === undefined) return
      player.srcObject = stream
      player.play()
      analyser = new AnalyserNode(audio, { fftSize: 16_384 })
      new MediaStreamAudioSourceNode(audio, { mediaStream: stream }).connect(analyser)
    })
  }
  if (!fresh.connection) fresh.on('peerconnection', told => hear(told.peerconnection))
  else hear(fresh.connection)
  fresh.on('refer', told => {
    told.accept(() => {}, media)
  })
}

const phone = {
  register(url, uri, password) {
    const socket = new jssip.WebSocketInterface(url)
    agent = new jssip.UA({
      ...{ sockets: [socket], uri, password, register: true, session_timers: false },
      no_answer_timeout: 3,
    })
    agent.on('newRTCSession', told => {
      watch(told.session, told.originator)
      if (told.originator === 'remote' && isAnswering) told.session.answer(media)
    })
    return new Promise((done, fail) => {
      agent?.on('registered', () => done())
      agent?.on('registrationFailed', told => fail(new Error(told.cause)))
      agent?.start()
    })
  },
  answersBy(itself) {
    isAnswering = itself
  },
  call(uri) {
    agent?.call(uri, media)
  },
  answer() {
    session?.answer(media)
  },
  hangUp(status) {
    session?.terminate(status === undefined ? {} : { status_code: status })
  },
  hold() {
    return session?.hold() ?? false
  },
  resume() {
    return session?.unhold() ?? false
  },
  transfer(uri) {
    const transferred = session
    transferred?.refer(uri, { eventHandlers: { accepted: () => transferred.terminate() } })
  },
  events() {
    return events
  },
  /** Loudest frequency of the last third of a second. */
  loudest() {
    const levels = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(levels)
    return (levels.indexOf(Math.max(...levels)) * audio.sampleRate) / analyser.fftSize
  },
  /** What went out and came in since the call began, and how it was protected. */
  async heard() {
    const heard = { sent: 0, packets: 0, energy: 0, seconds: 0, cipher: '' }
    const report = await session?.connection.getStats()
    for (const each of report?.values() ?? []) {
      if (each.type === 'inbound-rtp') {
        heard.packets += each.packetsReceived
        heard.energy += each.totalAudioEnergy
        heard.seconds += each.totalSamplesDuration
      }
      if (each.type === 'outbound-rtp') heard.sent += each.packetsSent
      if (each.type === 'transport') heard.cipher = each.srtpCipher
    }
    return heard
  },
}

Object.assign(globalThis, { phone })
