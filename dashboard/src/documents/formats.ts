/** What the server reads, for the browser's file picker. The server looks at the content, not at the name. */
const EXTENSIONS = [
  ["pdf"],
  ["docx", "docm", "doc", "odt", "rtf"],
  ["pptx", "ppsx", "ppt", "odp"],
  ["xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv"],
  ["epub", "eml", "txt", "md", "markdown", "html", "htm"],
  ["zip"],
].flat();

export const ACCEPT = EXTENSIONS.map((extension) => `.${extension}`).join(",");
