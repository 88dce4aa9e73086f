/**
 * As much of WASI (snapshot preview 1) as a program needs that gets its input as arguments and writes one file. Node's
 * own `node:wasi` is not used: it crashes the process when a program is run several times.
 */

/** What a program wrote, and what it complained about. */
export interface Written {
  exitCode: number
  file: Uint8Array
  errors: string
}

/** The only file of the program's world, whatever its name in this folder. */
export const OUTPUT_FILE = '/output/file'
const FOLDER = new TextEncoder().encode('/output')
const FOLDER_FD = 3
const FILE_FD = 4

// errno and types of files of the specification
const SUCCESS = 0
const BAD_DESCRIPTOR = 8
const CHARACTER_DEVICE = 2
const DIRECTORY = 3
const REGULAR_FILE = 4
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn
const CLOCK = 1_600_000_000_000_000_000n

class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** Runs a program once. Throws what it throws; leaving by `exit` is no error. */
export async function runProgram(program: WebAssembly.Module, args: readonly string[]): Promise<Written> {
  const given = args.map(arg => new TextEncoder().encode(`${arg}\0`))
  const errors: Uint8Array[] = []
  const file = growingFile()
  let memory: WebAssembly.Memory
  // The memory's buffer is another one after each growth, so views are made anew for every call.
  const view = () => new DataView(memory.buffer)
  const bytes = (at: number, length: number) => new Uint8Array(memory.buffer, at, length)
  const setU32 = (at: number, value: number) => view().setUint32(at, value, true)

  const wasi = {
    args_sizes_get(count: number, size: number) {
      setU32(count, given.length)
      setU32(
        size,
        given.reduce((sum, arg) => sum + arg.length, 0),
      )
      return SUCCESS
    },
    args_get(pointers: number, text: number) {
      let at = text
      given.forEach((arg, index) => {
        setU32(pointers + index * 4, at)
        bytes(at, arg.length).set(arg)
        at += arg.length
      })
      return SUCCESS
    },
    /** Stands still: what the program makes depends on its arguments alone. */
    clock_time_get(_clock: number, _precision: bigint, time: number) {
      view().setBigUint64(time, CLOCK, true)
      return SUCCESS
    },
    fd_prestat_get(fd: number, stat: number) {
      if (fd !== FOLDER_FD) return BAD_DESCRIPTOR
      setU32(stat, 0)
      setU32(stat + 4, FOLDER.length)
      return SUCCESS
    },
    fd_prestat_dir_name(_fd: number, name: number) {
      bytes(name, FOLDER.length).set(FOLDER)
      return SUCCESS
    },
    fd_fdstat_get(fd: number, stat: number) {
      if (fd > FILE_FD) return BAD_DESCRIPTOR
      bytes(stat, 24).fill(0)
      view().setUint8(stat, fd === FOLDER_FD ? DIRECTORY : fd === FILE_FD ? REGULAR_FILE : CHARACTER_DEVICE)
      view().setBigUint64(stat + 8, ALL_RIGHTS, true)
      view().setBigUint64(stat + 16, ALL_RIGHTS, true)
      return SUCCESS
    },
    fd_fdstat_set_flags: () => SUCCESS,
    path_open(...[, , , , , , , , opened]: number[]) {
      setU32(opened!, FILE_FD)
      return SUCCESS
    },
    fd_close: () => SUCCESS,
    fd_read(_fd: number, _into: number, _count: number, read: number) {
      setU32(read, 0)
      return SUCCESS
    },
    fd_seek(fd: number, offset: bigint, whence: number, position: number) {
      if (fd !== FILE_FD) return BAD_DESCRIPTOR
      view().setBigUint64(position, BigInt(file.seek(Number(offset), whence)), true)
      return SUCCESS
    },
    fd_write(fd: number, vectors: number, count: number, written: number) {
      let total = 0
      for (let i = 0; i < count; i++) {
        const at = view().getUint32(vectors + i * 8, true)
        const length = view().getUint32(vectors + i * 8 + 4, true)
        if (fd === FILE_FD) file.write(bytes(at, length))
        else errors.push(bytes(at, length).slice())
        total += length
      }
      setU32(written, total)
      return SUCCESS
    },
    proc_exit(code: number): never {
      throw new Exit(code)
    },
  }

  const { exports } = await WebAssembly.instantiate(program, { wasi_snapshot_preview1: wasi })
  memory = exports.memory as WebAssembly.Memory
  let exitCode = 0
  try {
    ;(exports._start as () => void)()
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    exitCode = error.code
  }
  const said = errors.map(part => new TextDecoder().decode(part)).join('')
  return { exitCode, file: file.content(), errors: said }
}

function growingFile() {
  let space = new Uint8Array(1 << 16)
  let size = 0
  let position = 0
  return {
    seek(offset: number, whence: number): number {
      position = offset + (whence === 0 ? 0 : whence === 1 ? position : size)
      return position
    },
    write(part: Uint8Array): void {
      const end = position + part.length
      if (end > space.length) {
        const larger = new Uint8Array(Math.max(space.length * 2, end))
        larger.set(space)
        space = larger
      }
      space.set(part, position)
      position = end
      size = Math.max(size, end)
    },
    content: () => space.subarray(0, size),
  }
}
