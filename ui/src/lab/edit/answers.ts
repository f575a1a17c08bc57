/** An answer with its JSON laid out; one that is none stands as it came. */
export function readable(answer: string): string {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2)
  } catch {
    return answer
  }
}
