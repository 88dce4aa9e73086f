import { SEEDS } from '../access/secondFactorStore.ts'
import { TOKENS, VERIFIERS } from '../connectors/connectionStore.ts'
import { ANSWERS } from '../platform/idempotency.ts'
import type { LastingColumn, PassingColumn } from '../platform/sealedColumn.ts'
import { RECORDING_KEYS } from '../recordings/recordingAudio.ts'
import { ENDPOINT_SECRETS } from '../webhooks/endpointStore.ts'

/**
 * Every column of envelopes in the tables of workspaces; what the installation itself signs with is sealed anew at the
 * start (`platform/secrets.ts`).
 */
export const LASTING: LastingColumn[] = [SEEDS, ...ENDPOINT_SECRETS, TOKENS, RECORDING_KEYS]
export const PASSING: PassingColumn[] = [ANSWERS, VERIFIERS]
