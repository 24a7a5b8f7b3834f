/**
 * True for an address of this very host: 127.0.0.0/8 (RFC 1122, 3.2.1.3), ::1, and the former as IPv6 writes it on a socket for both families.
 *
 * @param address as a socket gives it, without a port
 */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const host = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
