import { resolve } from 'node:path'
import type { DetectionOutputsObject } from './settings-detection-outputs.ts'

/** Form of the lines of a file. */
export type FileFormat = 'ndjson' | 'eve' | 'syslog' | 'asterisk'

/** Where findings, orders and security events are written to. */
export interface OutputsConfig {
  readonly files: readonly { readonly path: string; readonly format: FileFormat; readonly events: boolean }[]
  readonly syslog: readonly {
    readonly transport: 'udp' | 'tcp' | 'tls'
    readonly host: string
    readonly port: number
    readonly events: boolean
  }[]
  readonly webhooks: readonly {
    readonly url: string
    readonly secretFile: string
    readonly events: boolean
  }[]
  readonly hep: readonly {
    readonly host: string
    readonly port: number
    readonly captureId: number
    /** '' none. */
    readonly passwordFile: string
  }[]
  readonly captures:
    | { readonly folder: string; readonly maxFileBytes: number; readonly maxFiles: number }
    | undefined
}

/** No outputs. */
export const NO_OUTPUTS: OutputsConfig = { files: [], syslog: [], webhooks: [], hep: [], captures: undefined }

const MIB = 1024 * 1024

/** Reads `detection.outputs`. */
export function readOutputs(
  written: ReturnType<typeof DetectionOutputsObject.parse>,
  folder: string,
): OutputsConfig {
  const { captures } = written
  return {
    files: written.files.map(each => ({ ...each, path: resolve(folder, each.path) })),
    syslog: written.syslog.map(({ to, events }) => ({ ...to, events })),
    webhooks: written.webhooks.map(each => ({
      url: each.url,
      events: each.events,
      secretFile: resolve(folder, each['secret-file']),
    })),
    hep: written.hep.map(each => {
      const file = each['password-file']
      const passwordFile = file === undefined ? '' : resolve(folder, file)
      return { host: each.to.host, port: each.to.port, captureId: each['capture-id'], passwordFile }
    }),
    captures:
      captures === undefined
        ? undefined
        : {
            folder: resolve(folder, captures.folder),
            maxFileBytes: captures['file-size'] * MIB,
            maxFiles: captures.files,
          },
  }
}

/** `detection.outputs` as it could be written. */
export function outputSettings(outputs: OutputsConfig): Record<string, unknown> {
  const { captures } = outputs
  const place = (transport: string, host: string, port: number): string =>
    `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    files: outputs.files,
    syslog: outputs.syslog.map(({ transport, host, port, events }) => ({
      to: place(transport, host, port),
      events,
    })),
    webhooks: outputs.webhooks.map(({ url, secretFile, events }) => ({
      url,
      'secret-file': secretFile,
      events,
    })),
    hep: outputs.hep.map(({ host, port, captureId, passwordFile }) => ({
      to: place('udp', host, port),
      'capture-id': captureId,
      ...(passwordFile === '' ? {} : { 'password-file': passwordFile }),
    })),
    ...(captures === undefined
      ? {}
      : {
          captures: {
            folder: captures.folder,
            'file-size': captures.maxFileBytes / MIB,
            files: captures.maxFiles,
          },
        }),
  }
}
