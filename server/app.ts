import type { Studio } from '../voice/speech/studio.ts'
import type { Access } from './access/access.ts'
import type { RequestBudgets } from './access/requestBudgets.ts'
import type { Desks } from './agents/desks.ts'
import type { Center } from './calls/center.ts'
import type { Config } from './config.ts'
import type { Db } from './platform/db.ts'
import type { Envelopes } from './platform/envelope.ts'
import type { Feed } from './platform/feed.ts'
import type { Log } from './platform/log.ts'
import type { Storage } from './platform/storage.ts'
import type { Voices } from './prompts/voices.ts'
import type { Directory } from './telephony/directory.ts'
import type { Outside } from './telephony/outside.ts'
import type { Voice } from './voice/voice.ts'

/** What every part of the server is handed. `main.ts` puts it together; nothing here is a global. */
export interface App {
  config: Config
  log: Log
  db: Db
  feed: Feed
  /** Secrets of ours at rest. */
  envelopes: Envelopes
  /** Where recordings are kept. */
  storage: Storage
  access: Access
  budgets: RequestBudgets
  center: Center
  desks: Desks
  outside: Outside
  directory: Directory
  /** What callers hear, as files. */
  voices: Voices
  /** Makes such files of what people supply. */
  studio: Studio
  /** Calls over the web. */
  voice: Voice
  /** Addresses under which this server is known, best first: the public one, or those of this machine. */
  addresses: string[]
}
