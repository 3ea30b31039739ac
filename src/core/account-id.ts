/** Whether the text names an AWS account. What RDS takes beside, `all`, is everybody: the library shares with accounts only. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}
