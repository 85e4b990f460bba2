// What a long trial has tried, told to the campaign that started it. Not here: the campaign, which
// makes a row of it (lab/campaign.ts).
import { writeFileSync } from 'node:fs'

const RESULT = process.env['CAMPAIGN_RESULT']

/** Tells it, `failures` among it; nobody is told where no campaign asked. */
export function tellTried(figures: Readonly<Record<string, number>>): void {
  if (RESULT !== undefined) writeFileSync(RESULT, JSON.stringify(figures))
}
