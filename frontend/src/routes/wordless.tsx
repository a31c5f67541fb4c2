/** What stands there when the file of words did not come: in both languages, for neither is here. */
export function Wordless() {
  const here = window.location.pathname + window.location.search;
  return (
    <main>
      <h1>Ballatoio</h1>
      <div className="failure" role="alert">
        <p lang="it">
          I testi di questa pagina non sono arrivati: può essere la connessione. <a href={here}>Ricarica la pagina</a>
        </p>
        <p lang="en">
          The words of this page did not arrive: it may be the connection. <a href={here}>Reload the page</a>
        </p>
      </div>
    </main>
  );
}
