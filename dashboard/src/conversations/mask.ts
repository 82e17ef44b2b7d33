/** An identity that is recognised by who knows it and tells nothing to who looks over a shoulder. */
export function mask(identity: string): string {
  const [name = "", ...domain] = identity.split("@");
  if (domain.length > 0) return `${name.slice(0, 1)}•••@${domain.join("@")}`;
  if (identity.length <= 4) return "••••";
  return `••••${identity.slice(-(identity.length <= 7 ? 2 : 4))}`;
}
