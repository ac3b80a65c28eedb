import { parseNetwork } from '../../base/network.ts'
import type { Detector } from '../../detect/detector.ts'
import { DETECTORS } from '../../detect/detectors.ts'
import type { DetectorSettings } from '../../detect/engine.ts'
import type { ResponsePolicy } from '../../detect/response.ts'
import type { InsecureConfig } from './config.ts'
import { type OutputsConfig, outputSettings, readOutputs } from './detection-outputs.ts'
import type { ConfigPath } from './problem.ts'
import { type ConfigReader, type Item, isRecord } from './read.ts'
import type { DetectionObject } from './settings-detection.ts'
import { didYouMean } from './suggest.ts'

type Written = ReturnType<typeof DetectionObject.parse>

/** What is looked for, and what follows. */
export interface DetectionConfig {
  readonly mode: 'enforce' | 'monitor' | 'off'
  /** Addresses and prefixes that are never acted against. */
  readonly allow: readonly string[]
  /** What is not at its default, by detector. */
  readonly detectors: Readonly<Record<string, DetectorSettings>>
  /** Whether a table of the kernel's packet filter is made. */
  readonly kernel: 'auto' | 'on' | 'off'
  /** Datagrams a second of strangers that it lets in. */
  readonly kernelStrangersPerSecond: number
  readonly response: Omit<ResponsePolicy, 'mode'>
  readonly outputs: OutputsConfig
}

/** What of the file the section is checked against. */
export interface DetectionFacts {
  /** Where relative paths begin. */
  readonly folder: string
  readonly insecure: readonly Item<InsecureConfig>[]
}

const MODES = ['off', 'monitor', 'enforce'] as const
/** Whoever allows more has switched the detection off. */
const LEAST_BITS = { 4: 8, 6: 19 } as const
const ACTIONS_IN_ORDER = ['challenge', 'rate-limit', 'tarpit', 'drop', 'kernel-drop'] as const

/** Reads `detection`. @param detectors those that there are */
export function readDetection(
  reader: ConfigReader,
  written: Written,
  facts: DetectionFacts,
  detectors: readonly Detector[] = DETECTORS,
): DetectionConfig {
  const mayBeOff = facts.insecure.some(({ value }) => value.allow === 'detection-off')
  const refuseOff = (path: ConfigPath, what: string): void => {
    if (!mayBeOff)
      reader.error(
        path,
        `${what}; write under insecure: {allow: detection-off, because: …}, or mode: monitor`,
      )
  }
  if (written.mode === 'off') refuseOff(['detection', 'mode'], 'attacks are then neither seen nor stopped')
  if (written.mode === 'monitor')
    reader.warning(['detection', 'mode'], 'attacks are told and not stopped; enforce acts on them')
  for (const [at, text] of written.allow.entries()) {
    const network = parseNetwork(text)
    if (network === undefined || network.bits >= LEAST_BITS[network.version]) continue
    refuseOff(['detection', 'allow', at], `"${text}" allows a good part of the Internet`)
  }
  const { response } = written
  for (const [at, action] of ACTIONS_IN_ORDER.entries()) {
    const before = ACTIONS_IN_ORDER[at - 1]
    if (before !== undefined && response[action] < response[before])
      reader.error(
        ['detection', 'response', action],
        `less than ${before} (${response[before]}), which is milder`,
      )
  }
  if (response['max-ban'] < response.ban)
    reader.error(['detection', 'response', 'max-ban'], `less than ban (${response.ban} s)`)
  return {
    mode: written.mode,
    allow: written.allow,
    detectors: readDetectors(reader, written.detectors, detectors, refuseOff),
    kernel: written.kernel,
    kernelStrangersPerSecond: written['kernel-strangers'],
    response: {
      from: {
        challenge: response.challenge,
        'rate-limit': response['rate-limit'],
        tarpit: response.tarpit,
        drop: response.drop,
        'kernel-drop': response['kernel-drop'],
        suspend: response.suspend,
      },
      banMs: response.ban * 1000,
      maxBanMs: response['max-ban'] * 1000,
      restMs: response.rest * 1000,
      suspendMs: response['suspend-for'] * 1000,
    },
    outputs: readOutputs(written.outputs, facts.folder),
  }
}

function readDetectors(
  reader: ConfigReader,
  written: Written['detectors'],
  detectors: readonly Detector[],
  refuseOff: (path: ConfigPath, what: string) => void,
): Record<string, DetectorSettings> {
  const read: Record<string, DetectorSettings> = {}
  const known = detectors.map(({ id }) => id)
  for (const [id, value] of Object.entries(written)) {
    const detector = detectors.find(each => each.id === id)
    if (detector === undefined) {
      const hint = didYouMean(id, known) || ` (one of ${known.join(', ')})`
      reader.errorAtKey(['detection', 'detectors'], id, `no such detector "${id}"${hint}`)
    } else if (!isRecord(value)) {
      reader.error(['detection', 'detectors', id], 'write an object: {mode: …, THRESHOLD: number}')
    } else {
      const settings = readDetector(reader, detector, value)
      if (settings.mode === 'off')
        refuseOff(['detection', 'detectors', id, 'mode'], 'what it looks for is then not seen')
      read[id] = settings
    }
  }
  return read
}

function readDetector(
  reader: ConfigReader,
  { id, thresholds }: Detector,
  value: Readonly<Record<string, unknown>>,
): DetectorSettings {
  const limits: Record<string, number> = {}
  let mode: DetectorSettings['mode']
  for (const [name, setting] of Object.entries(value)) {
    const path: ConfigPath = ['detection', 'detectors', id, name]
    if (name === 'mode') {
      mode = MODES.find(each => each === setting)
      if (mode === undefined) {
        const text = String(setting)
        reader.error(path, `"${text}" is not one of ${MODES.join(', ')}${didYouMean(text, MODES)}`)
      }
      continue
    }
    const threshold = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined
    if (threshold === undefined) {
      const names = ['mode', ...Object.keys(thresholds)]
      const hint = didYouMean(name, names) || ` (${names.join(', ')})`
      reader.errorAtKey(['detection', 'detectors', id], name, `${id} has no threshold "${name}"${hint}`)
      continue
    }
    const { min, max, unit } = threshold
    if (typeof setting !== 'number' || !(setting >= min && setting <= max))
      reader.error(path, `"${String(setting)}" is out of range: ${min} to ${max} ${unit}`)
    else limits[name] = setting
  }
  return { ...(mode === undefined ? {} : { mode }), limits }
}

/** `detection` as it could be written. */
export function detectionSettings(detection: DetectionConfig): Record<string, unknown> {
  const { response } = detection
  return {
    mode: detection.mode,
    allow: detection.allow,
    kernel: detection.kernel,
    'kernel-strangers': detection.kernelStrangersPerSecond,
    detectors: Object.fromEntries(
      Object.entries(detection.detectors).map(([id, { mode, limits }]) => [
        id,
        { ...(mode === undefined ? {} : { mode }), ...limits },
      ]),
    ),
    response: {
      ...response.from,
      ban: seconds(response.banMs),
      'max-ban': seconds(response.maxBanMs),
      rest: seconds(response.restMs),
      'suspend-for': seconds(response.suspendMs),
    },
    outputs: outputSettings(detection.outputs),
  }
}

/** `detection` in sentences, for `aspis check --explain`. */
export function explainDetection(detection: DetectionConfig): string[] {
  const { mode, allow, kernel, response, detectors } = detection
  if (mode === 'off') return ['NOTHING is looked for']
  const changed = Object.entries(detectors).map(([id, { mode: own, limits = {} }]) => {
    const parts = Object.entries(limits).map(([name, value]) => `${name} ${value}`)
    return `${id}: ${[...(own === undefined ? [] : [own === 'off' ? 'OFF' : own]), ...parts].join(', ')}`
  })
  const { from } = response
  return [
    `${DETECTORS.length} detectors, ${mode === 'enforce' ? 'which are acted on' : 'which ONLY TELL what would have been done'}`,
    `from score ${from.challenge} challenged, ${from['rate-limit']} rationed, ${from.tarpit} answered late, ${from.drop} banned; fraud suspends from ${from.suspend}`,
    `a ban lasts ${seconds(response.banMs)}, doubling to ${seconds(response.maxBanMs)}; in the kernel: ${kernel}`,
    'never banned: trunks, our own addresses, addresses from which users log in',
    ...(allow.length === 0 ? [] : [`never acted against: ${allow.join(', ')}`]),
    ...changed,
  ]
}

function seconds(ms: number): string {
  return `${ms / 1000}s`
}
