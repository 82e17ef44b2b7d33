/** What the chat itself says, in each language that a bot has words of its own in. */

const ENGLISH = {
  open: "Open the chat",
  close: "Close the chat",
  log: "Messages",
  placeholder: "Write a message",
  send: "Send",
  attach: "Send a file",
  you: "You",
  person: "Our team",
  typing: "is writing…",
  offline: "No connection. Your messages are sent once there is one.",
  waiting: "Waiting for someone of our team.",
  human: "Someone of our team is with you.",
  pending: "Not sent yet",
  failed: "Not sent. Press to try again.",
  refused: "This file can't be sent: pictures, sound, films, PDF and text up to 10 MB can.",
  unkept: "{name} could not be kept.",
  rate: "How was it?",
  stars: "{n} of 5 stars",
  thanks: "Thank you.",
  download: "Download {name}",
};

type Texts = typeof ENGLISH;

const ARABIC: Texts = {
  open: "افتح المحادثة",
  close: "أغلق المحادثة",
  log: "الرسائل",
  placeholder: "اكتب رسالة",
  send: "إرسال",
  attach: "إرسال ملف",
  you: "أنت",
  person: "فريقنا",
  typing: "يكتب…",
  offline: "لا يوجد اتصال. سترسل رسائلك عند عودته.",
  waiting: "في انتظار أحد أفراد فريقنا.",
  human: "أحد أفراد فريقنا معك.",
  pending: "لم ترسل بعد",
  failed: "لم ترسل. اضغط للمحاولة مجدداً.",
  refused: "لا يمكن إرسال هذا الملف: الصور والصوت والفيديو وPDF والنصوص حتى 10 ميغابايت.",
  unkept: "تعذّر حفظ {name}.",
  rate: "كيف كانت المحادثة؟",
  stars: "{n} من 5 نجوم",
  thanks: "شكراً لك.",
  download: "تنزيل {name}",
};

const GERMAN: Texts = {
  open: "Chat öffnen",
  close: "Chat schließen",
  log: "Nachrichten",
  placeholder: "Nachricht schreiben",
  send: "Senden",
  attach: "Datei senden",
  you: "Sie",
  person: "Unser Team",
  typing: "schreibt…",
  offline: "Keine Verbindung. Ihre Nachrichten werden gesendet, sobald wieder eine besteht.",
  waiting: "Jemand aus unserem Team ist gleich für Sie da.",
  human: "Jemand aus unserem Team ist bei Ihnen.",
  pending: "Noch nicht gesendet",
  failed: "Nicht gesendet. Zum erneuten Versuch drücken.",
  refused: "Diese Datei kann nicht gesendet werden: Bilder, Ton, Filme, PDF und Text bis 10 MB sind möglich.",
  unkept: "{name} konnte nicht aufbewahrt werden.",
  rate: "Wie war es?",
  stars: "{n} von 5 Sternen",
  thanks: "Danke.",
  download: "{name} herunterladen",
};

const SPANISH: Texts = {
  open: "Abrir el chat",
  close: "Cerrar el chat",
  log: "Mensajes",
  placeholder: "Escriba un mensaje",
  send: "Enviar",
  attach: "Enviar un archivo",
  you: "Usted",
  person: "Nuestro equipo",
  typing: "está escribiendo…",
  offline: "Sin conexión. Sus mensajes se enviarán en cuanto vuelva.",
  waiting: "En espera de alguien de nuestro equipo.",
  human: "Alguien de nuestro equipo está con usted.",
  pending: "Aún no enviado",
  failed: "No enviado. Pulse para intentarlo de nuevo.",
  refused: "Este archivo no se puede enviar: sí imágenes, audio, vídeo, PDF y texto de hasta 10 MB.",
  unkept: "No se pudo guardar {name}.",
  rate: "¿Qué le ha parecido?",
  stars: "{n} de 5 estrellas",
  thanks: "Gracias.",
  download: "Descargar {name}",
};

const FRENCH: Texts = {
  open: "Ouvrir le chat",
  close: "Fermer le chat",
  log: "Messages",
  placeholder: "Écrivez un message",
  send: "Envoyer",
  attach: "Envoyer un fichier",
  you: "Vous",
  person: "Notre équipe",
  typing: "écrit…",
  offline: "Pas de connexion. Vos messages partiront dès qu’elle sera rétablie.",
  waiting: "En attente d’une personne de notre équipe.",
  human: "Une personne de notre équipe est avec vous.",
  pending: "Pas encore envoyé",
  failed: "Non envoyé. Appuyez pour réessayer.",
  refused: "Ce fichier ne peut pas être envoyé : images, sons, films, PDF et textes jusqu’à 10 Mo sont acceptés.",
  unkept: "{name} n’a pas pu être conservé.",
  rate: "Comment c’était ?",
  stars: "{n} étoiles sur 5",
  thanks: "Merci.",
  download: "Télécharger {name}",
};

const TEXTS: Partial<Record<string, Texts>> = { en: ENGLISH, ar: ARABIC, de: GERMAN, es: SPANISH, fr: FRENCH };

export interface Language {
  code: string;
  direction: "ltr" | "rtl";
  say: (text: keyof Texts, values?: Record<string, string>) => string;
}

/** The first of these languages that the bot answers in, or the bot's own. */
export function choose(wanted: readonly string[], known: readonly string[]): Language {
  const codes = wanted.map((tag) => tag.slice(0, 2).toLowerCase());
  const code = codes.find((one) => known.includes(one)) ?? known[0] ?? "en";
  const texts = TEXTS[code] ?? ENGLISH;
  return {
    code,
    direction: ["ar", "fa", "he", "ur"].includes(code) ? "rtl" : "ltr",
    say: (text, values = {}) => texts[text].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ""),
  };
}
