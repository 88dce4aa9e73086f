import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'

interface Found {
  number: string
  found: contract.PersonalData
  obstacles: string[]
}

/** Everything about one number: how much there is, to be taken away or erased. */
export function PersonalData() {
  const words = useText().compliance.privacy
  const [found, setFound] = useState<Found | null>(null)
  const [link, setLink] = useState<string | null>(null)
  const [erasing, setErasing] = useState(false)
  const [erased, setErased] = useState(false)
  const find = useAction(async (number: string) => {
    setErased(false)
    setLink(null)
    setFound(await api.call(contract.findPersonalData, { body: { number } }))
  })
  const take = useAction(async (number: string) => {
    setLink((await api.call(contract.exportPersonalData, { body: { number } })).url)
  })
  return (
    <Panel title={words.title}>
      <div className="space-y-4 p-4">
        <p className="ringside-hint">{words.hint}</p>
        <form
          className="flex items-end gap-2"
          onSubmit={event => {
            event.preventDefault()
            find.run(String(new FormData(event.currentTarget).get('number')))
          }}
        >
          <Field
            label={words.number}
            name="number"
            type="tel"
            required
            autoComplete="off"
            className="grow"
            problem={problemAt(find.error, 'number')}
          />
          <Button type="submit" pending={find.pending}>
            {words.find}
          </Button>
        </form>
        <Problem error={problemElsewhere(find.error, ['number'])} />
        <p role="status">{erased ? words.erased : ''}</p>
        {found && (
          <section aria-label={found.number} className="space-y-3">
            <div className="-mx-4 -my-2">
              <Facts
                facts={(Object.keys(words.found) as (keyof contract.PersonalData)[]).map(
                  name => [words.found[name], String(found.found[name])] as const,
                )}
              />
            </div>
            {found.obstacles.map(obstacle => (
              <p key={obstacle} className="ringside-problem">
                {obstacle}
              </p>
            ))}
            <Problem error={take.error} />
            <div className="flex flex-wrap items-center gap-2">
              <Button pending={take.pending} onClick={() => take.run(found.number)}>
                {words.export}
              </Button>
              {link !== null && (
                <a href={link} className="ringside-link font-semibold" title={words.downloadHint}>
                  {words.download}
                </a>
              )}
              <Button look="danger" disabled={found.obstacles.length > 0} onClick={() => setErasing(true)}>
                {words.erase}
              </Button>
            </div>
          </section>
        )}
      </div>
      {erasing && found && (
        <Erase
          number={found.number}
          onClose={() => setErasing(false)}
          onErased={() => {
            setErasing(false)
            setFound(null)
            setErased(true)
          }}
        />
      )}
    </Panel>
  )
}

function Erase({ number, onClose, onErased }: { number: string; onClose(): void; onErased(): void }) {
  const words = useText().compliance.privacy
  const [typed, setTyped] = useState('')
  async function erase(): Promise<void> {
    await api.call(contract.erasePersonalData, { body: { number, confirm: typed } })
    onErased()
  }
  return (
    <FormDialog
      title={words.eraseSure(number)}
      onClose={onClose}
      onSubmit={erase}
      action={words.erase}
      look="danger"
      disabled={typed.trim() !== number}
    >
      {problem => (
        <>
          <p>{words.eraseHint}</p>
          <Field
            label={words.typeIt(number)}
            required
            autoComplete="off"
            value={typed}
            onChange={event => setTyped(event.target.value)}
            problem={problem('confirm')}
          />
        </>
      )}
    </FormDialog>
  )
}
