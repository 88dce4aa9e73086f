import fs from 'node:fs'
import { flowCommand } from './flowCommand.ts'

const { output, exitCode } = flowCommand(process.argv.slice(2), path => fs.readFileSync(path, 'utf8'))
if (exitCode === 2) console.error(output)
else console.log(output)
process.exitCode = exitCode
