import type { Recording } from '../../client/contract.ts'
import { clock } from '../../react/clock.ts'
import { useText } from '../text/text.tsx'
import { Panel } from '../ui/Panel.tsx'
import { When } from '../ui/When.tsx'
import { RecordingDuties } from './RecordingDuties.tsx'
import { RecordingPlayer } from './RecordingPlayer.tsx'
import { RecordingStanding } from './RecordingStanding.tsx'

/** What is kept of a call. */
export function RecordingsPanel({ recordings }: { recordings: readonly Recording[] }) {
  const words = useText().voice.recordings
  if (recordings.length === 0) return null
  return (
    <Panel title={words.title}>
      <ul className="divide-y divide-line">
        {recordings.map(recording => (
          <li key={recording.id} className="space-y-2 p-4">
            <p className="flex gap-3 text-soft">
              <span className="grow">
                {words.kind[recording.kind]} · <When time={recording.startedAt} />
              </span>
              {recording.seconds !== null && <span className="tabular-nums">{clock(recording.seconds)}</span>}
            </p>
            <Audio recording={recording} />
            <Transcript recording={recording} />
            {recording.status !== 'in-progress' && <RecordingStanding recording={recording} />}
            {recording.status !== 'in-progress' && <RecordingDuties recording={recording} />}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Transcript({ recording: { transcript, transcriptProblem } }: { recording: Recording }) {
  const words = useText().voice.recordings
  if (transcriptProblem !== null) return <p className="text-soft">{words.noTranscript(transcriptProblem)}</p>
  if (transcript === null) return null
  return (
    <details>
      <summary className="cursor-pointer font-semibold">{words.transcript}</summary>
      <p className="mt-1 whitespace-pre-line">{transcript === '' ? words.nothingSaid : transcript}</p>
    </details>
  )
}

function Audio({ recording }: { recording: Recording }) {
  const words = useText().voice.recordings
  const { status, audioUrl, withheld } = recording
  if (status === 'in-progress') return <p>{words.inProgress}</p>
  if (withheld) return <p>{words.withheld}</p>
  const failed = status === 'failed'
  if (audioUrl === null) return failed ? <p className="ringside-problem">{words.failed}</p> : <p>{words.elsewhere}</p>
  return (
    <>
      {failed && <p className="ringside-problem">{words.incomplete}</p>}
      <RecordingPlayer recording={{ ...recording, audioUrl }} />
    </>
  )
}
