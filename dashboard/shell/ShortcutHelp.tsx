import { usePreferences } from '../preferences.ts'
import { useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'

export function ShortcutHelp({ onClose }: { onClose(): void }) {
  const words = useText().shortcuts
  const { shortcuts } = usePreferences()
  const keys = [
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
