/** Line icons on a 24 px grid. They decorate: the text beside them, or the button's label, says the same. */
const PATHS = {
  document: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",
  ask: "M21 12a8 8 0 0 1-11.6 7.1L4 20.5l1.4-5.2A8 8 0 1 1 21 12zM9.8 9.7a2.3 2.3 0 1 1 3.3 2.5c-.7.4-1.1.8-1.1 1.5M12 16.2v.1",
  jobs: "M4 6h10M4 12h10M4 18h6M17 9l2 2 3-4M17 17l2 2 3-4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  tenants:
    "M4 21V5a1 1 0 0 1 1-1h8a1 1 0 0 1 1 1v16M14 10h5a1 1 0 0 1 1 1v10M2 21h20M8 8h2M8 12h2M8 16h2M17 14v.1M17 17v.1",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  alert: "M12 8v5M12 16.5v.1M10.3 4.2L2.7 17.5A2 2 0 0 0 4.4 20.5h15.2a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z",
  clock: "M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  retry: "M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  copy: "M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM16 9V4a1 1 0 0 0-1-1H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3",
  plus: "M12 5v14M5 12h14",
  stop: "M7 7h10v10H7z",
  play: "M8 5l11 7-11 7z",
  chevron: "M6 9l6 6 6-6",
  inbox:
    "M4 13l2.6-7.4A1.5 1.5 0 0 1 8 4.6h8a1.5 1.5 0 0 1 1.4 1L20 13v5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18zM4 13h4.5a3.5 3.5 0 0 0 7 0H20",
  back: "M15 5l-7 7 7 7",
  search: "M16.5 16.5L21 21M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z",
  send: "M4 12l16-8-5 17-3.5-7zM11.5 14L20 4",
  checks: "M2 12.5l4 4L14 8M10.5 15l1.5 1.5L21 8",
  unsure: "M9.2 9.2a2.8 2.8 0 1 1 4 2.6c-.8.4-1.2 1-1.2 1.9M12 16.6v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  choices: "M4 6.5h16M4 12h16M4 17.5h16M7 4.5v4M14 10v4M10 15.500v4",
  note: "M6 3h12a1 1 0 0 1 1 1v11l-6 6H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM19 15h-5a1 1 0 0 0-1 1v5M8.5 8h7M8.5 12h5",
  bolt: "M13 3L5 13.5h6L10.5 21 19 10h-6z",
  bot: "M12 3v3M7 8h10a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-5a3 3 0 0 1 3-3zM9 12.5v1M15 12.5v1",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  download: "M12 4v12M7 11l5 5 5-5M4 20h16",
  web: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM3 12h18M12 3c2.5 2.7 3.8 5.7 3.8 9s-1.3 6.3-3.8 9c-2.5-2.7-3.8-5.7-3.8-9S9.5 5.7 12 3z",
  whatsapp:
    "M3.5 20.5l1.3-4.600A8.5 8.5 0 1 1 8 19.3zM9 8.3c-.9.900-.6 2.600 1.3 4.5s3.7 2.3 4.600 1.400c.5-.5.4-1-.2-1.400l-1-.6-1 .8c-.9-.4-1.7-1.200-2.100-2.100l.8-1-.6-1c-.5-.8-1.100-1.200-1.8-.6z",
  instagram:
    "M8 3.5h8A4.5 4.5 0 0 1 20.5 8v8a4.5 4.5 0 0 1-4.5 4.5H8A4.5 4.5 0 0 1 3.5 16V8A4.5 4.5 0 0 1 8 3.5zM12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM17 7v.1",
  messenger:
    "M12 3.5c-5 0-9 3.600-9 8.200 0 2.600 1.3 4.8 3.3 6.3v3l3-1.600c.9.200 1.8.4 2.7.4 5 0 9-3.600 9-8.200s-4-8.100-9-8.100zM7 14l3.5-3.5 3 2L17 9.5",
  telegram: "M3 11.5L21 4l-3 16-6-4.5-3 3.5-1-6zM8 13L17.5 7.5",
  slack: "M9.5 4v11M14.5 9v11M4 9.5h11M9 14.5h11",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "size-5" }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={`shrink-0 ${className}`}>
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === "more" ? 3 : 1.75}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
