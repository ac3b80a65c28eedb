import { buildCommand } from '@stricli/core'
import { configurationPage, printConfig } from '../server/config/print.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print } from './context.ts'

/** `aspis config print` */
export const configPrint = buildCommand<ConfigFlags, [], CliContext>({
  func(flags) {
    print(this, printConfig(openConfiguration(this, flags)))
  },
  parameters: { flags: { config: configFlag }, aliases: { c: 'config' } },
  docs: {
    brief: 'Print the effective configuration',
    fullDescription:
      'Prints every setting with its value, defaults included and secrets hidden, as YAML.\n\nExample:\n  aspis config print -c aspis.yaml',
  },
})

/** `aspis config docs` */
export const configDocs = buildCommand<Record<never, never>, [], CliContext>({
  func() {
    print(this, configurationPage())
  },
  parameters: {},
  docs: {
    brief: 'Print the page of all settings',
    fullDescription: 'Prints docs/configuration.md.\n\nExample:\n  aspis config docs > docs/configuration.md',
  },
})
