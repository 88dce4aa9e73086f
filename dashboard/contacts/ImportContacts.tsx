import { FileUp } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { ImportReport } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useText, useWords } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { rejectionsAsCsv } from './rejections.ts'

/** Contacts from a file: how far it is while it runs, and afterwards which lines were not taken and why. */
export function ImportContacts({ onClose }: { onClose(): void }) {
  const { text, format } = useWords()
  const words = text.importing
  const [file, setFile] = useState<File | null>(null)
  const [read, setRead] = useState<number | null>(null)
  const [lines, setLines] = useState<number | null>(null)
  const [report, setReport] = useState<ImportReport | null>(null)
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])

  const start = useAction(async (chosen: File) => {
    setRead(0)
    setLines(await countLines(chosen))
    const { signal } = stop.current
    try {
      setReport(await api.importContacts(chosen, { signal, onProgress: progress => setRead(progress.read) }))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      setRead(null)
    }
  })

  return (
    <Dialog title={words.title} onClose={onClose} wide>
      {report ? (
        <Report report={report} onClose={onClose} />
      ) : (
        <div className="space-y-4">
          <ChooseFile file={file} disabled={start.pending} onChoose={setFile} />
          <p className="text-soft">{words.hint}</p>
          {read !== null && (
            <div>
              <progress
                className="h-2 w-full accent-accent"
                aria-label={words.title}
                {...(lines === null ? {} : { max: Math.max(lines, 1), value: Math.min(read, lines) })}
              />
              <p className="mt-1 text-soft tabular-nums">{words.running(new Intl.NumberFormat(format).format(read))}</p>
            </div>
          )}
          <Problem error={start.error} />
          <div className="flex justify-end gap-2">
            <Button look="plain" onClick={onClose}>
              {start.pending ? words.stop : text.cancel}
            </Button>
            <Button
              look="primary"
              disabled={file === null}
              pending={start.pending}
              onClick={() => file !== null && start.run(file)}
            >
              {words.start}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

interface ChooseFileProps {
  file: File | null
  disabled: boolean
  onChoose(file: File): void
}

function ChooseFile({ file, disabled, onChoose }: ChooseFileProps) {
  const words = useText().importing
  const [over, setOver] = useState(false)
  return (
    <label
      className={`flex cursor-pointer flex-col items-center gap-1 rounded-xl border border-dashed p-8 text-center has-focus-visible:outline-2 has-focus-visible:outline-accent ${over ? 'border-accent bg-accent-ground' : 'border-edge hover:bg-sunken'}`}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        const [dropped] = event.dataTransfer.files
        if (dropped && !disabled) onChoose(dropped)
      }}
    >
      <FileUp className="mb-1 size-6 text-soft" strokeWidth={1.5} aria-hidden="true" />
      <span className="font-semibold [overflow-wrap:anywhere]">{file?.name ?? words.choose}</span>
      <span className="text-soft">{words.drop}</span>
      <input
        type="file"
        accept=".csv,text/csv"
        className="sr-only"
        aria-label={words.file}
        disabled={disabled}
        onChange={event => {
          const [chosen] = event.target.files ?? []
          if (chosen) onChoose(chosen)
        }}
      />
    </label>
  )
}

function Report({ report, onClose }: { report: ImportReport; onClose(): void }) {
  const { text, format } = useWords()
  const words = text.importing
  const figure = (value: number) => new Intl.NumberFormat(format).format(value)
  return (
    <div className="space-y-4">
      <p role="status" className="font-semibold">
        {words.done(figure(report.imported), figure(report.updated))}
        {report.rejected > 0 && `; ${words.rejected(report.rejected)}`}
      </p>
      {report.rejections.length > 0 && (
        <>
          <div className="max-h-72 overflow-auto rounded-lg border border-line" tabIndex={-1}>
            <table className="w-full text-left text-[0.8125rem]">
              <thead className="sticky top-0 bg-sunken text-soft [&_th]:px-3 [&_th]:py-1.5 [&_th]:font-medium">
                <tr>
                  <th scope="col">{words.line}</th>
                  <th scope="col">{words.reason}</th>
                  <th scope="col">{words.text}</th>
                </tr>
              </thead>
              <tbody className="divide-y divide-line [&_td]:px-3 [&_td]:py-1.5 [&_td]:align-top">
                {report.rejections.map(({ line, reason, text: content }) => (
                  <tr key={line}>
                    <td className="tabular-nums">{line}</td>
                    <td>{reason}</td>
                    <td className="font-mono text-xs text-soft [overflow-wrap:anywhere]">{content}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Button onClick={() => download('rejected.csv', rejectionsAsCsv(report.rejections))}>{words.download}</Button>
        </>
      )}
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          {text.close}
        </Button>
      </div>
    </div>
  )
}

function download(name: string, csv: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/** For the progress bar: how much there is to do. Large files are read piece by piece. */
async function countLines(file: File): Promise<number> {
  let lines = 0
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return lines
    for (const byte of value) if (byte === 10) lines++
  }
}
