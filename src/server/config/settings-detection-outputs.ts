import { z } from 'zod'

// biome-ignore format: one setting a line
export const DetectionOutputsObject = z.strictObject({
})
