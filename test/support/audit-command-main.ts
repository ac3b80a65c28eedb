/** `aspis` as its users run it, which tells at its end how much memory it had. */
process.channel?.unref()
process.on('exit', () => process.send?.(process.resourceUsage().maxRSS * 1_024))

await import('../../src/cli/main.ts')
