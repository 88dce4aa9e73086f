import { PresenceStatus } from '../../client/contract.ts'
import { PRESENCE_KEYS } from '../desk/presence.ts'
import { usePreferences } from '../preferences.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'

export function ShortcutHelp({ onClose }: { onClose(): void }) {
  const text = useText()
  const words = text.shortcuts
  const { agentId } = useSession()
  const { shortcuts } = usePreferences()
  const forAgents = [
    [['Enter'], text.deskKeys.answer],
    [['D'], text.deskKeys.decline],
    [['H'], text.voice.keys.hold],
    [['M'], text.voice.keys.mute],
    [['K'], text.voice.keys.keypad],
    [['T'], text.voice.keys.transfer],
    [['R'], text.voice.keys.recording],
    [['C'], text.voice.keys.consent],
    [['E'], text.voice.keys.hangUp],
    ...PresenceStatus.options.map(
      status => [[PRESENCE_KEYS[status].toUpperCase()], text.deskStatus.status[status]] as const,
    ),
  ] as const
  const keys = [
    ...(agentId === null ? [] : forAgents),
    [['T'], words.take],
    [['D', words.escape], words.dismiss],
    [['N'], words.note],
    [['/'], words.search],
    [['?'], words.help],
  ] as const
  return (
    <Dialog title={words.title} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-3">
        {keys.map(([names, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="flex gap-1">
              {names.map(name => (
                <kbd key={name} className="ringside-key">
                  {name}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      {!shortcuts && <p className="mt-4 text-soft">{words.off}</p>}
    </Dialog>
  )
}
