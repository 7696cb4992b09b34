<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
<context>
    <name>Commands</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Precision</source>
        <translation>&amp;Präzision</translation>
    </message>
    <message>
        <source>&amp;Map</source>
        <translation>&amp;Karte</translation>
    </message>
    <message>
        <source>P&amp;ictures</source>
        <translation>B&amp;ilder</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Ausführen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>An&amp;sicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Take the last edit back</source>
        <translation>Die letzte Änderung zurücknehmen</translation>
    </message>
    <message>
        <source>There is no edit to take back.</source>
        <translation>Es gibt keine Änderung, die zurückgenommen werden könnte.</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Make the edit again</source>
        <translation>Die Änderung noch einmal machen</translation>
    </message>
    <message>
        <source>No edit was taken back.</source>
        <translation>Es wurde keine Änderung zurückgenommen.</translation>
    </message>
    <message>
        <source>Short&amp;cuts…</source>
        <translation>&amp;Tastenkürzel…</translation>
    </message>
    <message>
        <source>Choose the keys of every command</source>
        <translation>Die Tasten jedes Befehls wählen</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>&amp;Einstellungen…</translation>
    </message>
    <message>
        <source>Choose colours, language, what is measured and more</source>
        <translation>Farben, Sprache, was gemessen wird und mehr wählen</translation>
    </message>
    <message>
        <source>&amp;Open Model…</source>
        <translation>Modell &amp;öffnen…</translation>
    </message>
    <message>
        <source>Open a diffusers folder</source>
        <translation>Einen Ordner im Format von diffusers öffnen</translation>
    </message>
    <message>
        <source>Open &amp;Checkpoint File…</source>
        <translation>&amp;Checkpoint-Datei öffnen…</translation>
    </message>
    <message>
        <source>Open a single-file checkpoint (.safetensors) or a GGUF file</source>
        <translation>Einen Checkpoint aus einer Datei (.safetensors) oder eine GGUF-Datei öffnen</translation>
    </message>
    <message>
        <source>Open &amp;with Options…</source>
        <translation>&amp;Mit Optionen öffnen…</translation>
    </message>
    <message>
        <source>Open a model with LoRAs, lent parts, on another device or in another precision</source>
        <translation>Ein Modell mit LoRAs, geliehenen Teilen, auf einem anderen Gerät oder in anderer Präzision öffnen</translation>
    </message>
    <message>
        <source>Open &amp;Recipe or Analysis…</source>
        <translation>&amp;Rezept oder Analyse öffnen…</translation>
    </message>
    <message>
        <source>Open a recipe or an analysis</source>
        <translation>Rezept oder Analyse öffnen</translation>
    </message>
    <message>
        <source>Save Recipe &amp;As…</source>
        <translation>Rezept speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Save the recipe in another file</source>
        <translation>Das Rezept in einer anderen Datei speichern</translation>
    </message>
    <message>
        <source>Save A&amp;nalysis…</source>
        <translation>A&amp;nalyse speichern…</translation>
    </message>
    <message>
        <source>Save all maps</source>
        <translation>Alle Karten speichern</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>&amp;Exportieren…</translation>
    </message>
    <message>
        <source>Export the model with the recipe&apos;s values</source>
        <translation>Das Modell mit den Werten des Rezepts exportieren</translation>
    </message>
    <message>
        <source>Write a Re&amp;port…</source>
        <translation>&amp;Bericht schreiben…</translation>
    </message>
    <message>
        <source>Write maps, recipe, numbers and pictures into one file for others</source>
        <translation>Karten, Rezept, Zahlen und Bilder für andere in eine Datei schreiben</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>B&amp;eenden</translation>
    </message>
    <message>
        <source>Leave the program</source>
        <translation>Das Programm verlassen</translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation>&amp;Anleitung</translation>
    </message>
    <message>
        <source>Explain the pane that has the keyboard</source>
        <translation>Den Bereich erklären, in dem die Tastatur gerade ist</translation>
    </message>
    <message>
        <source>All &amp;Commands and Keys</source>
        <translation>Alle Be&amp;fehle und Tasten</translation>
    </message>
    <message>
        <source>List every command with its present keys</source>
        <translation>Jeden Befehl mit seinen jetzigen Tasten auflisten</translation>
    </message>
    <message>
        <source>&amp;Tour of the Window</source>
        <translation>&amp;Rundgang durch das Fenster</translation>
    </message>
    <message>
        <source>Show in a few steps what is where</source>
        <translation>In wenigen Schritten zeigen, was wo ist</translation>
    </message>
    <message>
        <source>&amp;About Noisefloor</source>
        <translation>&amp;Über Noisefloor</translation>
    </message>
    <message>
        <source>What this program is</source>
        <translation>Was dieses Programm ist</translation>
    </message>
    <message>
        <source>Next &amp;Weight Format</source>
        <translation>Nächstes Format der &amp;Gewichte</translation>
    </message>
    <message>
        <source>Give the selected blocks the next weight format</source>
        <translation>Den ausgewählten Blöcken das nächste Format der Gewichte geben</translation>
    </message>
    <message>
        <source>Next &amp;Activation Format</source>
        <translation>Nächstes Format der &amp;Aktivierungen</translation>
    </message>
    <message>
        <source>Give the selected blocks the next activation format</source>
        <translation>Den ausgewählten Blöcken das nächste Format der Aktivierungen geben</translation>
    </message>
    <message>
        <source>&amp;Protect (fp16)</source>
        <translation>&amp;Schützen (fp16)</translation>
    </message>
    <message>
        <source>Give the selected blocks fp16 on both sides</source>
        <translation>Den ausgewählten Blöcken fp16 auf beiden Seiten geben</translation>
    </message>
    <message>
        <source>&amp;Back to the Default</source>
        <translation>Zurück zum Stan&amp;dard</translation>
    </message>
    <message>
        <source>Give the selected blocks the recipe&apos;s default</source>
        <translation>Den ausgewählten Blöcken den Standard des Rezepts geben</translation>
    </message>
    <message>
        <source>&amp;Clear All Rules</source>
        <translation>Alle Regeln &amp;löschen</translation>
    </message>
    <message>
        <source>Give every block the recipe&apos;s default</source>
        <translation>Jedem Block den Standard des Rezepts geben</translation>
    </message>
    <message>
        <source>&amp;Lock against the Search</source>
        <translation>&amp;Vor der Suche sperren</translation>
    </message>
    <message>
        <source>Keep the selected blocks at their present format whatever a search finds</source>
        <translation>Die ausgewählten Blöcke behalten ihr jetziges Format, was auch immer eine Suche findet</translation>
    </message>
    <message>
        <source>&amp;Unlock</source>
        <translation>&amp;Entsperren</translation>
    </message>
    <message>
        <source>Let a search choose the formats of the selected blocks again</source>
        <translation>Eine Suche darf die Formate der ausgewählten Blöcke wieder wählen</translation>
    </message>
    <message>
        <source>Make &amp;Pictures</source>
        <translation>&amp;Bilder machen</translation>
    </message>
    <message>
        <source>Make both pictures</source>
        <translation>Beide Bilder machen</translation>
    </message>
    <message>
        <source>&amp;Continue Measuring</source>
        <translation>&amp;Weiter messen</translation>
    </message>
    <message>
        <source>Measure the maps that are missing</source>
        <translation>Die fehlenden Karten messen</translation>
    </message>
    <message>
        <source>Measure &amp;Again</source>
        <translation>&amp;Neu messen</translation>
    </message>
    <message>
        <source>Measure all maps anew for the present prompt, seed, steps and guidance</source>
        <translation>Alle Karten für Prompt, Seed, Schritte und Guidance von jetzt neu messen</translation>
    </message>
    <message>
        <source>&amp;Find a Recipe</source>
        <translation>Rezept &amp;finden</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>Stop the present work; what was measured is kept</source>
        <translation>Die jetzige Arbeit anhalten; was gemessen wurde, bleibt</translation>
    </message>
    <message>
        <source>No work is running.</source>
        <translation>Es läuft keine Arbeit.</translation>
    </message>
    <message>
        <source>&amp;All Commands…</source>
        <translation>&amp;Alle Befehle…</translation>
    </message>
    <message>
        <source>Find a command, a pane or a block by a few letters</source>
        <translation>Einen Befehl, einen Bereich oder einen Block mit wenigen Buchstaben finden</translation>
    </message>
    <message>
        <source>&amp;Light or Dark</source>
        <translation>&amp;Hell oder dunkel</translation>
    </message>
    <message>
        <source>Change from light colours to dark ones and back</source>
        <translation>Von hellen Farben zu dunklen wechseln und zurück</translation>
    </message>
    <message>
        <source>&amp;Restore Default Layout</source>
        <translation>&amp;Ursprüngliche Anordnung</translation>
    </message>
    <message>
        <source>Put all panes back to their places</source>
        <translation>Alle Bereiche an ihre Plätze zurücksetzen</translation>
    </message>
    <message>
        <source>&amp;New Session</source>
        <translation>&amp;Neue Sitzung</translation>
    </message>
    <message>
        <source>Begin anew, with the page of models and recent files</source>
        <translation>Neu beginnen, mit der Seite der Modelle und der letzten Dateien</translation>
    </message>
    <message>
        <source>Open S&amp;ession…</source>
        <translation>S&amp;itzung öffnen…</translation>
    </message>
    <message>
        <source>Open a session: model, recipes, maps and settings as they were saved</source>
        <translation>Eine Sitzung öffnen: Modell, Rezepte, Karten und Einstellungen, wie sie gespeichert wurden</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save the session or, while the work is none, the recipe</source>
        <translation>Die Sitzung speichern oder, solange es keine ist, das Rezept</translation>
    </message>
    <message>
        <source>Save Sess&amp;ion As…</source>
        <translation>Si&amp;tzung speichern unter…</translation>
    </message>
    <message>
        <source>Save all work as a session: model, recipes, maps and settings</source>
        <translation>Die ganze Arbeit als Sitzung speichern: Modell, Rezepte, Karten und Einstellungen</translation>
    </message>
    <message>
        <source>&amp;Side by Side</source>
        <translation>&amp;Nebeneinander</translation>
    </message>
    <message>
        <source>Show both pictures beside each other</source>
        <translation>Beide Bilder nebeneinander zeigen</translation>
    </message>
    <message>
        <source>&amp;Left and Right of a Line</source>
        <translation>&amp;Links und rechts einer Linie</translation>
    </message>
    <message>
        <source>Show full precision left of a line and the quantized picture right of it</source>
        <translation>Volle Präzision links einer Linie, das quantisierte Bild rechts davon zeigen</translation>
    </message>
    <message>
        <source>&amp;Above and Below a Line</source>
        <translation>&amp;Über und unter einer Linie</translation>
    </message>
    <message>
        <source>Show full precision above a line and the quantized picture below it</source>
        <translation>Volle Präzision über einer Linie, das quantisierte Bild darunter zeigen</translation>
    </message>
    <message>
        <source>&amp;Difference</source>
        <translation>&amp;Differenz</translation>
    </message>
    <message>
        <source>Show what differs between the pictures, amplified</source>
        <translation>Verstärkt zeigen, worin sich die Bilder unterscheiden</translation>
    </message>
    <message>
        <source>&amp;Blink</source>
        <translation>&amp;Blinken</translation>
    </message>
    <message>
        <source>Show full precision and the quantized picture by turns, or stop that</source>
        <translation>Volle Präzision und das quantisierte Bild abwechselnd zeigen oder damit aufhören</translation>
    </message>
    <message>
        <source>&amp;Fit</source>
        <translation>&amp;Einpassen</translation>
    </message>
    <message>
        <source>Show the pictures as a whole</source>
        <translation>Die Bilder ganz zeigen</translation>
    </message>
    <message>
        <source>A&amp;ctual Size</source>
        <translation>Tat&amp;sächliche Größe</translation>
    </message>
    <message>
        <source>Show each pixel of the pictures as one pixel of the screen</source>
        <translation>Jeden Pixel der Bilder als einen Pixel des Bildschirms zeigen</translation>
    </message>
    <message>
        <source>S&amp;teps beside the Pictures</source>
        <translation>Sch&amp;ritte neben den Bildern</translation>
    </message>
    <message>
        <source>Show or hide the strip of all steps of both pictures</source>
        <translation>Den Streifen aller Schritte beider Bilder zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Compare &amp;Now</source>
        <translation>&amp;Jetzt vergleichen</translation>
    </message>
    <message>
        <source>Stop making pictures and compare the last step that both have</source>
        <translation>Aufhören, Bilder zu machen, und den letzten Schritt vergleichen, den beide haben</translation>
    </message>
    <message>
        <source>Stop after &amp;This Picture</source>
        <translation>Nach &amp;diesem Bild anhalten</translation>
    </message>
    <message>
        <source>Finish the picture that is being made, and no more</source>
        <translation>Das Bild, das gerade entsteht, noch fertig machen, sonst keines</translation>
    </message>
    <message>
        <source>&amp;Random Seed</source>
        <translation>&amp;Zufälliger Seed</translation>
    </message>
    <message>
        <source>Take a seed by chance</source>
        <translation>Einen Seed durch Zufall nehmen</translation>
    </message>
    <message>
        <source>&amp;Grid of Prompts and Recipes</source>
        <translation>&amp;Raster aus Prompts und Rezepten</translation>
    </message>
    <message>
        <source>Show the grid of several prompts under several recipes</source>
        <translation>Das Raster mehrerer Prompts unter mehreren Rezepten zeigen</translation>
    </message>
    <message>
        <source>&amp;Make the Grid</source>
        <translation>Raster &amp;machen</translation>
    </message>
    <message>
        <source>Make a picture of every prompt under every recipe</source>
        <translation>Von jedem Prompt unter jedem Rezept ein Bild machen</translation>
    </message>
    <message>
        <source>&amp;Export the Sheet…</source>
        <translation>Bogen e&amp;xportieren…</translation>
    </message>
    <message>
        <source>Write the grid as a sheet with captions, single pictures and metrics</source>
        <translation>Das Raster als Bogen mit Beschriftung, einzelnen Bildern und Messwerten schreiben</translation>
    </message>
    <message>
        <source>C&amp;opy Picture</source>
        <translation>Bild &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy the picture as it is shown: one, both beside the line, or the difference</source>
        <translation>Das Bild kopieren, wie es gezeigt wird: eines, beide neben der Linie oder die Differenz</translation>
    </message>
    <message>
        <source>Previous Weight Format</source>
        <translation>Voriges Format der Gewichte</translation>
    </message>
    <message>
        <source>Give the selected blocks the weight format before theirs</source>
        <translation>Den ausgewählten Blöcken das vorige Format der Gewichte geben</translation>
    </message>
    <message>
        <source>Previous Activation Format</source>
        <translation>Voriges Format der Aktivierungen</translation>
    </message>
    <message>
        <source>Give the selected blocks the activation format before theirs</source>
        <translation>Den ausgewählten Blöcken das vorige Format der Aktivierungen geben</translation>
    </message>
    <message>
        <source>Make w8a8</source>
        <translation>Auf w8a8 setzen</translation>
    </message>
    <message>
        <source>Give the selected blocks 8-bit weights and 8-bit activations</source>
        <translation>Den ausgewählten Blöcken Gewichte mit 8 Bit und Aktivierungen mit 8 Bit geben</translation>
    </message>
    <message>
        <source>Make w4a8</source>
        <translation>Auf w4a8 setzen</translation>
    </message>
    <message>
        <source>Give the selected blocks 4-bit weights and 8-bit activations</source>
        <translation>Den ausgewählten Blöcken Gewichte mit 4 Bit und Aktivierungen mit 8 Bit geben</translation>
    </message>
    <message>
        <source>Make w8a16</source>
        <translation>Auf w8a16 setzen</translation>
    </message>
    <message>
        <source>Give the selected blocks 8-bit weights and 16-bit activations</source>
        <translation>Den ausgewählten Blöcken Gewichte mit 8 Bit und Aktivierungen mit 16 Bit geben</translation>
    </message>
    <message>
        <source>Make w4a16</source>
        <translation>Auf w4a16 setzen</translation>
    </message>
    <message>
        <source>Give the selected blocks 4-bit weights and 16-bit activations</source>
        <translation>Den ausgewählten Blöcken Gewichte mit 4 Bit und Aktivierungen mit 16 Bit geben</translation>
    </message>
    <message>
        <source>Choose a P&amp;reset…</source>
        <translation>Vo&amp;reinstellung wählen…</translation>
    </message>
    <message>
        <source>Show the presets with the number of layers that each of them changes</source>
        <translation>Die Voreinstellungen mit der Zahl der Schichten zeigen, die jede ändert</translation>
    </message>
    <message>
        <source>Edit Rules and &amp;Text</source>
        <translation>Regeln und &amp;Text bearbeiten</translation>
    </message>
    <message>
        <source>Show the recipe as rules and as text, both to be edited</source>
        <translation>Das Rezept als Regeln und als Text zeigen, beides zum Bearbeiten</translation>
    </message>
    <message>
        <source>C&amp;ompare Recipes</source>
        <translation>Rezepte ver&amp;gleichen</translation>
    </message>
    <message>
        <source>Show what differs between the present recipe and another</source>
        <translation>Zeigen, worin sich das jetzige Rezept von einem anderen unterscheidet</translation>
    </message>
    <message>
        <source>&amp;Keep for Comparison</source>
        <translation>Zum Vergleich be&amp;halten</translation>
    </message>
    <message>
        <source>Keep the present recipe beside the one that is edited, to be compared with</source>
        <translation>Das jetzige Rezept neben dem bearbeiteten behalten, um damit zu vergleichen</translation>
    </message>
    <message>
        <source>Restore the Compared Recipe</source>
        <translation>Verglichenes Rezept wiederherstellen</translation>
    </message>
    <message>
        <source>Make the recipe that is compared with the present one</source>
        <translation>Das verglichene Rezept zum jetzigen machen</translation>
    </message>
    <message>
        <source>Remove the Compared Recipe</source>
        <translation>Verglichenes Rezept entfernen</translation>
    </message>
    <message>
        <source>Do not keep the recipe that is compared with any longer</source>
        <translation>Das verglichene Rezept nicht länger behalten</translation>
    </message>
    <message>
        <source>&amp;Measure This Recipe</source>
        <translation>Dieses Rezept &amp;messen</translation>
    </message>
    <message>
        <source>Run the present recipe to the end and compare with full precision, in dB</source>
        <translation>Das jetzige Rezept bis zum Ende rechnen und mit voller Präzision vergleichen, in dB</translation>
    </message>
    <message>
        <source>Zoom &amp;In</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Show fewer cells of the map; + while it has the keyboard</source>
        <translation>Weniger Zellen der Karte zeigen; +, wenn sie die Tastatur hat</translation>
    </message>
    <message>
        <source>Zoom &amp;Out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Show more cells of the map; - while it has the keyboard</source>
        <translation>Mehr Zellen der Karte zeigen; -, wenn sie die Tastatur hat</translation>
    </message>
    <message>
        <source>Zoom to the &amp;Brush</source>
        <translation>Auf die &amp;Markierung vergrößern</translation>
    </message>
    <message>
        <source>Show what is brushed as large as it can be; Z while the map has the keyboard</source>
        <translation>Das Markierte so groß wie möglich zeigen; Z, wenn die Karte die Tastatur hat</translation>
    </message>
    <message>
        <source>Show &amp;Everything</source>
        <translation>&amp;Alles zeigen</translation>
    </message>
    <message>
        <source>Show the whole map; F while it has the keyboard</source>
        <translation>Die ganze Karte zeigen; F, wenn sie die Tastatur hat</translation>
    </message>
    <message>
        <source>As a &amp;Table</source>
        <translation>Als &amp;Tabelle</translation>
    </message>
    <message>
        <source>Change between the map and the table of its numbers</source>
        <translation>Zwischen der Karte und der Tabelle ihrer Zahlen wechseln</translation>
    </message>
    <message>
        <source>Sort in the Order of the &amp;Model</source>
        <translation>In der &amp;Reihenfolge des Modells</translation>
    </message>
    <message>
        <source>Rows as they follow each other in the network</source>
        <translation>Zeilen, wie sie im Netz aufeinanderfolgen</translation>
    </message>
    <message>
        <source>Sort by &amp;Name</source>
        <translation>Nach &amp;Namen ordnen</translation>
    </message>
    <message>
        <source>Rows by their names</source>
        <translation>Zeilen nach ihren Namen</translation>
    </message>
    <message>
        <source>Sort by Mean &amp;SQNR</source>
        <translation>Nach mittlerem &amp;SQNR ordnen</translation>
    </message>
    <message>
        <source>Rows by the mean of their noise</source>
        <translation>Zeilen nach dem Mittel ihres Rauschens</translation>
    </message>
    <message>
        <source>Sort by &amp;Worst SQNR</source>
        <translation>Nach s&amp;chlechtestem SQNR ordnen</translation>
    </message>
    <message>
        <source>Rows by the lowest of their numbers</source>
        <translation>Zeilen nach ihrer niedrigsten Zahl</translation>
    </message>
    <message>
        <source>Sort by the &amp;Timestep</source>
        <translation>Nach dem &amp;Zeitschritt ordnen</translation>
    </message>
    <message>
        <source>Rows by their SQNR at the timestep under the mouse, or the selected one</source>
        <translation>Zeilen nach ihrem SQNR am Zeitschritt unter der Maus oder am ausgewählten</translation>
    </message>
    <message>
        <source>Sort by &amp;Parameters</source>
        <translation>Nach &amp;Parametern ordnen</translation>
    </message>
    <message>
        <source>Rows by the number of their parameters</source>
        <translation>Zeilen nach der Zahl ihrer Parameter</translation>
    </message>
    <message>
        <source>Turn the Order &amp;Round</source>
        <translation>Reihenfolge &amp;umkehren</translation>
    </message>
    <message>
        <source>Largest first, or smallest first</source>
        <translation>Größte oder kleinste zuerst</translation>
    </message>
    <message>
        <source>Unfold or Fold the B&amp;lock</source>
        <translation>B&amp;lock auf- oder zuklappen</translation>
    </message>
    <message>
        <source>Show or hide the layers of the selected block, which are measured if they are not; Return while the map has the keyboard</source>
        <translation>Die Schichten des ausgewählten Blocks zeigen oder verbergen; fehlende werden gemessen; Eingabe, wenn die Karte die Tastatur hat</translation>
    </message>
    <message>
        <source>Unfold All Blocks</source>
        <translation>Alle Blöcke aufklappen</translation>
    </message>
    <message>
        <source>Show the layers of all blocks, which are measured if they are not</source>
        <translation>Die Schichten aller Blöcke zeigen; fehlende werden gemessen</translation>
    </message>
    <message>
        <source>Fold All Blocks</source>
        <translation>Alle Blöcke zuklappen</translation>
    </message>
    <message>
        <source>Show blocks alone</source>
        <translation>Nur Blöcke zeigen</translation>
    </message>
    <message>
        <source>&amp;Compare with an Analysis…</source>
        <translation>Mit einer Analyse &amp;vergleichen…</translation>
    </message>
    <message>
        <source>Show by how many dB the map is above that of another analysis</source>
        <translation>Zeigen, um wie viele dB die Karte über der einer anderen Analyse liegt</translation>
    </message>
    <message>
        <source>Compare with Nothing</source>
        <translation>Mit nichts vergleichen</translation>
    </message>
    <message>
        <source>Show the map itself again</source>
        <translation>Wieder die Karte selbst zeigen</translation>
    </message>
    <message>
        <source>Cop&amp;y the Numbers</source>
        <translation>&amp;Zahlen kopieren</translation>
    </message>
    <message>
        <source>Put the numbers of the map on the clipboard, to be pasted into a table</source>
        <translation>Die Zahlen der Karte in die Zwischenablage legen, zum Einfügen in eine Tabelle</translation>
    </message>
    <message>
        <source>Export as PN&amp;G…</source>
        <translation>Als PN&amp;G exportieren…</translation>
    </message>
    <message>
        <source>Save what is seen of the map as a picture of pixels</source>
        <translation>Den sichtbaren Teil der Karte als Bild aus Pixeln speichern</translation>
    </message>
    <message>
        <source>Export as S&amp;VG…</source>
        <translation>Als SV&amp;G exportieren…</translation>
    </message>
    <message>
        <source>Save what is seen of the map as a picture of shapes, for print</source>
        <translation>Den sichtbaren Teil der Karte als Bild aus Formen speichern, zum Drucken</translation>
    </message>
    <message>
        <source>E&amp;xport as CSV…</source>
        <translation>Als CSV e&amp;xportieren…</translation>
    </message>
    <message>
        <source>Save the numbers of the map with their summaries for other programs</source>
        <translation>Die Zahlen der Karte mit ihren Zusammenfassungen für andere Programme speichern</translation>
    </message>
    <message>
        <source>&amp;Inspect Block</source>
        <translation>Block &amp;untersuchen</translation>
    </message>
    <message>
        <source>Look into the selected block: its weights, its inputs, and what formats leave of them</source>
        <translation>In den ausgewählten Block schauen: seine Gewichte, seine Eingänge und was Formate davon übrig lassen</translation>
    </message>
    <message>
        <source>Show &amp;Jobs</source>
        <translation>&amp;Aufträge zeigen</translation>
    </message>
    <message>
        <source>Queue and history of jobs, each with what can be done about it</source>
        <translation>Warteschlange und Verlauf der Aufträge, jeder mit dem, was sich damit tun lässt</translation>
    </message>
    <message>
        <source>S&amp;et Formats of the Brush</source>
        <translation>Formate der Markierung s&amp;etzen</translation>
    </message>
    <message>
        <source>Choose formats for the rows and timesteps that are brushed</source>
        <translation>Formate für die markierten Zeilen und Zeitschritte wählen</translation>
    </message>
    <message>
        <source>I&amp;mport Recipe…</source>
        <translation>Rezept i&amp;mportieren…</translation>
    </message>
    <message>
        <source>Take over a recipe of Apple&apos;s tools, MixDQ or stable-diffusion.cpp</source>
        <translation>Ein Rezept der Werkzeuge von Apple, von MixDQ oder stable-diffusion.cpp übernehmen</translation>
    </message>
    <message>
        <source>&amp;Verify an Export…</source>
        <translation>Export &amp;prüfen…</translation>
    </message>
    <message>
        <source>Open an export again and compare all it holds with the model</source>
        <translation>Einen Export wieder öffnen und alles darin mit dem Modell vergleichen</translation>
    </message>
    <message>
        <source>Show Other &amp;Maps</source>
        <translation>Andere &amp;Karten zeigen</translation>
    </message>
    <message>
        <source>Maps measured before with another prompt or sampler, or of the other level; one after the other</source>
        <translation>Karten, die vorher mit anderem Prompt oder Sampler oder für die andere Ebene gemessen wurden, eine nach der anderen</translation>
    </message>
    <message>
        <source>Rename the Compared Recipe…</source>
        <translation>Verglichenes Rezept umbenennen…</translation>
    </message>
    <message>
        <source>Give the recipe that is compared with another name</source>
        <translation>Dem verglichenen Rezept einen anderen Namen geben</translation>
    </message>
    <message>
        <source>Measure S&amp;peed</source>
        <translation>&amp;Geschwindigkeit messen</translation>
    </message>
    <message>
        <source>Time every layer of the UNet on this machine in the formats of maps, recipe and search, so that recipes can keep to a time</source>
        <translation>Jede Schicht des UNet auf diesem Rechner in den Formaten von Karten, Rezept und Suche stoppen, damit Rezepte eine Zeit einhalten können</translation>
    </message>
    <message>
        <source>Search for the best recipe under a target of size, BOPs, time or SQNR</source>
        <translation>Das beste Rezept unter einem Ziel für Größe, BOPs, Zeit oder SQNR suchen</translation>
    </message>
    <message>
        <source>Sal&amp;ience</source>
        <translation>Sal&amp;ienz</translation>
    </message>
    <message>
        <source>Colour the pixels that the evaluator recognises the pictures by, or stop that</source>
        <translation>Die Pixel färben, an denen der Bewerter die Bilder erkennt, oder damit aufhören</translation>
    </message>
</context>
<context>
    <name>Heatmap</name>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>mean %1, worst %2</source>
        <translation>Mittel %1, schlechtester Wert %2</translation>
    </message>
    <message>
        <source>not in both</source>
        <translation>nicht in beiden</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>exact here alone</source>
        <translation>nur hier exakt</translation>
    </message>
    <message>
        <source>exact in the other alone</source>
        <translation>nur in der anderen exakt</translation>
    </message>
    <message>
        <source>%1 dB, at the noise floor</source>
        <translation>%1 dB, am Grundrauschen</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>verloren</translation>
    </message>
    <message>
        <source>worst</source>
        <translation>tiefster</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>timestep</source>
        <translation>Zeitschritt</translation>
    </message>
    <message>
        <source>dB</source>
        <translation>dB</translation>
    </message>
    <message>
        <source>%1 kept</source>
        <translation>%1 erhalten</translation>
    </message>
    <message>
        <source>%1 ± %2 kept</source>
        <translation>%1 ± %2 erhalten</translation>
    </message>
    <message>
        <source>cannot be told: constant, not finite, or too few samples</source>
        <translation>lässt sich nicht bestimmen: konstant, nicht endlich oder zu wenige Werte</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>share</source>
        <translation>Anteil</translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>Getting started</source>
        <translation>Erste Schritte</translation>
    </message>
    <message>
        <source>Reading the maps</source>
        <translation>Die Karten lesen</translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation>Rezepte</translation>
    </message>
    <message>
        <source>Searching</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Comparing pictures</source>
        <translation>Bilder vergleichen</translation>
    </message>
    <message>
        <source>Sessions, jobs and files</source>
        <translation>Sitzungen, Aufträge und Dateien</translation>
    </message>
    <message>
        <source>The command line</source>
        <translation>Die Kommandozeile</translation>
    </message>
    <message>
        <source>All commands and keys</source>
        <translation>Alle Befehle und Tasten</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>Was er tut</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>Exportieren</translation>
    </message>
</context>
<context>
    <name>InspectionTexts</name>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>%1: steps too fine to draw</source>
        <translation>%1: Stufen zu fein zum Zeichnen</translation>
    </message>
    <message>
        <source>%1: each layer has ranges of its own, none wider than %2</source>
        <translation>%1: jede Schicht hat eigene Bereiche, keiner weiter als %2</translation>
    </message>
    <message>
        <source>%1: each block of weights has a range of its own, none wider than %2</source>
        <translation>%1: jeder Block von Gewichten hat einen eigenen Bereich, keiner weiter als %2</translation>
    </message>
    <message>
        <source>%1: each group of %2 has a range of its own, none wider than %3</source>
        <translation>%1: jede Gruppe von %2 hat einen eigenen Bereich, keiner weiter als %3</translation>
    </message>
    <message>
        <source>%1: each output channel has a range of its own, the widest is %2</source>
        <translation>%1: jeder Ausgangskanal hat einen eigenen Bereich, der weiteste ist %2</translation>
    </message>
    <message>
        <source>%1: %2 levels, a step of %3 in the widest output channel</source>
        <translation>%1: %2 Stufen, eine Stufe von %3 im weitesten Ausgangskanal</translation>
    </message>
    <message>
        <source>%1: each token has the range of its own values</source>
        <translation>%1: jedes Token hat den Bereich seiner eigenen Werte</translation>
    </message>
    <message>
        <source>%1: each layer has a range of its own, none wider than %2</source>
        <translation>%1: jede Schicht hat einen eigenen Bereich, keiner weiter als %2</translation>
    </message>
    <message>
        <source>%1: range %2</source>
        <translation>%1: Bereich %2</translation>
    </message>
    <message>
        <source>, a step of %1</source>
        <translation>, eine Stufe von %1</translation>
    </message>
    <message>
        <source>; the recipe&apos;s calibration may make it narrower</source>
        <translation>; die Kalibrierung des Rezepts kann ihn enger machen</translation>
    </message>
    <message>
        <source>All %1 layers together</source>
        <translation>Alle %1 Schichten zusammen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>The layers have different formats</source>
        <translation>Die Schichten haben verschiedene Formate</translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation>Eingänge</translation>
    </message>
    <message>
        <source>input</source>
        <translation>Eingang</translation>
    </message>
    <message>
        <source>The format differs between layers or steps</source>
        <translation>Das Format ist je nach Schicht oder Schritt verschieden</translation>
    </message>
    <message>
        <source>Inputs over time</source>
        <translation>Eingänge über die Zeit</translation>
    </message>
    <message>
        <source>timestep</source>
        <translation>Zeitschritt</translation>
    </message>
    <message>
        <source>largest</source>
        <translation>größter</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>smallest</source>
        <translation>kleinster</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>channel</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <source>times the median</source>
        <translation>mal dem Median</translation>
    </message>
    <message>
        <source>median is 0</source>
        <translation>Median ist 0</translation>
    </message>
    <message>
        <source>format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>weights alone, dB</source>
        <translation>nur Gewichte, dB</translation>
    </message>
    <message>
        <source>local, mean dB</source>
        <translation>lokal, Mittel dB</translation>
    </message>
    <message>
        <source>local, worst dB</source>
        <translation>lokal, schlechtester dB</translation>
    </message>
    <message>
        <source>at step</source>
        <translation>bei Schritt</translation>
    </message>
    <message>
        <source>%1 (present)</source>
        <translation>%1 (jetzt)</translation>
    </message>
</context>
<context>
    <name>JobTexts</name>
    <message>
        <source>at most %1</source>
        <translation>höchstens %1</translation>
    </message>
    <message>
        <source>at most %1 GBOPs</source>
        <translation>höchstens %1 GBOPs</translation>
    </message>
    <message>
        <source>at most %1 bits per weight</source>
        <translation>höchstens %1 Bit je Gewicht</translation>
    </message>
    <message>
        <source>at least %1 dB</source>
        <translation>mindestens %1 dB</translation>
    </message>
    <message>
        <source>%1, recipe %2</source>
        <translation>%1, Rezept %2</translation>
    </message>
    <message>
        <source>prompts: %1, recipes: %2</source>
        <translation>Prompts: %1, Rezepte: %2</translation>
    </message>
    <message>
        <source>at most %1 ms a UNet step</source>
        <translation>höchstens %1 ms je UNet-Schritt</translation>
    </message>
</context>
<context>
    <name>MapExport</name>
    <message>
        <source>The map could not be written to %1 (%2); choose another place.</source>
        <translation>Die Karte ließ sich nicht nach %1 schreiben (%2); eine andere Stelle muss gewählt werden.</translation>
    </message>
</context>
<context>
    <name>MapTexts</name>
    <message>
        <source>The weights of each %1 alone, without any data</source>
        <translation>Die Gewichte je %1 einzeln, ganz ohne Daten</translation>
    </message>
    <message>
        <source>Each %1 alone, on its full-precision input, compared at its own output</source>
        <translation>Je %1 einzeln, mit Eingang in voller Präzision, verglichen am eigenen Ausgang</translation>
    </message>
    <message>
        <source>Each %1 alone, full-precision latent, compared at the predicted noise</source>
        <translation>Je %1 einzeln, Latent in voller Präzision, verglichen am vorhergesagten Rauschen</translation>
    </message>
    <message>
        <source>All but the %1, full-precision latent, compared at the predicted noise</source>
        <translation>Alles außer: %1, Latent in voller Präzision, verglichen am vorhergesagten Rauschen</translation>
    </message>
    <message>
        <source>All together, along their own trajectory, compared at each %1&apos;s output</source>
        <translation>Alles zusammen, entlang der eigenen Bahn, verglichen am Ausgang je %1</translation>
    </message>
    <message>
        <source>Each %1 alone, along its own trajectory, compared at the latent after the last step</source>
        <translation>Je %1 einzeln, entlang der eigenen Bahn, verglichen am Latent nach dem letzten Schritt</translation>
    </message>
    <message>
        <source>block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>%1; sums over all of them</source>
        <translation>%1; Summen über alle</translation>
    </message>
    <message>
        <source>prompt “%1”</source>
        <translation>Prompt „%1“</translation>
    </message>
    <message>
        <source>%1 prompts</source>
        <translation>%1 Prompts</translation>
    </message>
    <message>
        <source>%1; %2, both guidance halves, sums over all elements</source>
        <translation>%1; %2, beide Hälften der Guidance, Summen über alle Elemente</translation>
    </message>
    <message>
        <source>formats of the recipe</source>
        <translation>Formate des Rezepts</translation>
    </message>
    <message>
        <source>%1 SQNR, %2</source>
        <translation>SQNR %1, %2</translation>
    </message>
    <message>
        <source>Each %1 alone, on its full-precision input: share of the information in its own output that is kept, 1 for all of it</source>
        <translation>Je %1 einzeln, mit Eingang in voller Präzision: erhaltener Anteil der Information im eigenen Ausgang, 1 ist alles</translation>
    </message>
    <message>
        <source>%1; %2, both guidance halves, estimated from samples, ± over repeats</source>
        <translation>%1; %2, beide Guidance-Hälften, aus Stichproben geschätzt, ± über Wiederholungen</translation>
    </message>
    <message>
        <source>share of information kept, %1</source>
        <translation>erhaltener Anteil der Information, %1</translation>
    </message>
</context>
<context>
    <name>Maps</name>
    <message>
        <source>; a block is the sum of its layers&apos; noise</source>
        <translation>; ein Block ist die Summe des Rauschens seiner Schichten</translation>
    </message>
    <message>
        <source>; a block is the worst of its layers</source>
        <translation>; ein Block ist die schlechteste seiner Schichten</translation>
    </message>
    <message>
        <source>prompts</source>
        <translation>Prompts</translation>
    </message>
    <message>
        <source>sampler</source>
        <translation>Sampler</translation>
    </message>
    <message>
        <source>number of steps</source>
        <translation>Zahl der Schritte</translation>
    </message>
    <message>
        <source>guidance</source>
        <translation>Guidance</translation>
    </message>
    <message>
        <source>noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>blocks or layers</source>
        <translation>Blöcke oder Schichten</translation>
    </message>
    <message>
        <source>%1 of %2 rows</source>
        <translation>%1 von %2 Zeilen</translation>
    </message>
    <message>
        <source>%1 of %2 timesteps</source>
        <translation>%1 von %2 Zeitschritten</translation>
    </message>
    <message>
        <source> %1 are not in %2.</source>
        <translation> %1 sind nicht in %2.</translation>
    </message>
    <message>
        <source> and </source>
        <translation> und </translation>
    </message>
    <message>
        <source>%1, minus %2</source>
        <translation>%1, minus %2</translation>
    </message>
    <message>
        <source>Above 0 dB: less noise here than in %1.</source>
        <translation>Über 0 dB: hier weniger Rauschen als in %1.</translation>
    </message>
    <message>
        <source> %1 holds no %2.</source>
        <translation> %1 enthält %2 nicht.</translation>
    </message>
    <message>
        <source> %1 was made for another model, %2.</source>
        <translation> %1 entstand für ein anderes Modell, %2.</translation>
    </message>
    <message>
        <source> Measured otherwise there: %1.</source>
        <translation> Dort anders gemessen: %1.</translation>
    </message>
    <message>
        <source>Shares of information are not taken from each other: this is the map alone. %1</source>
        <translation>Anteile an Information werden nicht voneinander abgezogen: Dies ist die Karte allein. %1</translation>
    </message>
</context>
<context>
    <name>Phases</name>
    <message>
        <source>calibrating</source>
        <translation>Kalibrieren</translation>
    </message>
    <message>
        <source>comparing the ONNX graph</source>
        <translation>Vergleichen des ONNX-Graphen</translation>
    </message>
    <message>
        <source>decoding</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>denoising</source>
        <translation>Entrauschen</translation>
    </message>
    <message>
        <source>exporting %1</source>
        <translation>Exportieren von %1</translation>
    </message>
    <message>
        <source>full precision</source>
        <translation>volle Präzision</translation>
    </message>
    <message>
        <source>inputs</source>
        <translation>Eingaben</translation>
    </message>
    <message>
        <source>judging the recipe</source>
        <translation>Beurteilen des Rezepts</translation>
    </message>
    <message>
        <source>measuring the recipe</source>
        <translation>Messen des Rezepts</translation>
    </message>
    <message>
        <source>noise floor of %1</source>
        <translation>Grundrauschen von %1</translation>
    </message>
    <message>
        <source>opening %1</source>
        <translation>Öffnen von %1</translation>
    </message>
    <message>
        <source>pictures held out</source>
        <translation>zurückgehaltene Bilder</translation>
    </message>
    <message>
        <source>reading back %1</source>
        <translation>Zurücklesen von %1</translation>
    </message>
    <message>
        <source>running the ONNX graph</source>
        <translation>Ausführen des ONNX-Graphen</translation>
    </message>
    <message>
        <source>sampling inputs</source>
        <translation>Sammeln von Eingaben</translation>
    </message>
    <message>
        <source>treating layers</source>
        <translation>Behandeln der Schichten</translation>
    </message>
    <message>
        <source>verifying %1</source>
        <translation>Prüfen von %1</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>writing encodings</source>
        <translation>Schreiben der Kodierungen</translation>
    </message>
    <message>
        <source>writing %1</source>
        <translation>Schreiben von %1</translation>
    </message>
    <message>
        <source>%1 of %2, %3</source>
        <translation>%1 von %2, %3</translation>
    </message>
    <message>
        <source>full-precision trajectory</source>
        <translation>Verlauf in voller Präzision</translation>
    </message>
    <message>
        <source>uniform recipes</source>
        <translation>einheitliche Rezepte</translation>
    </message>
    <message>
        <source>timing layers</source>
        <translation>Schichten werden gestoppt</translation>
    </message>
</context>
<context>
    <name>PictureTexts</name>
    <message>
        <source>The pictures are equal</source>
        <translation>Die Bilder sind gleich</translation>
    </message>
    <message>
        <source>PSNR %1 dB</source>
        <translation>PSNR %1 dB</translation>
    </message>
    <message>
        <source>SSIM %1</source>
        <translation>SSIM %1</translation>
    </message>
    <message>
        <source>perceptual distance %1</source>
        <translation>wahrgenommener Abstand %1</translation>
    </message>
    <message>
        <source>%1 and a rule</source>
        <translation>%1 und eine Regel</translation>
    </message>
    <message>
        <source>%1 and %2 rules</source>
        <translation>%1 und %2 Regeln</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>salience drift %1</source>
        <translation>Salienz-Drift %1</translation>
    </message>
    <message>
        <source>PSNR where salient %1</source>
        <translation>PSNR wo salient %1</translation>
    </message>
    <message>
        <source>elsewhere %1</source>
        <translation>sonst %1</translation>
    </message>
    <message>
        <source>%1 (%2, %3 %)</source>
        <comment>a picture, what is on it, and how sure that is</comment>
        <translation>%1 (%2, %3 %)</translation>
    </message>
</context>
<context>
    <name>PlotTexts</name>
    <message>
        <source>from</source>
        <translation>von</translation>
    </message>
    <message>
        <source>to below</source>
        <translation>bis unter</translation>
    </message>
    <message>
        <source>values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>Prozent</translation>
    </message>
    <message>
        <source>%1 to %2: %3 values, %4 %</source>
        <translation>%1 bis %2: %3 Werte, %4 %</translation>
    </message>
</context>
<context>
    <name>Presets</name>
    <message>
        <source>All w8a8</source>
        <translation>Alles w8a8</translation>
    </message>
    <message>
        <source>8 bits everywhere: weights per channel, activations with one range per tensor</source>
        <translation>Überall 8 Bit: Gewichte je Kanal, Aktivierungen mit einem Bereich je Tensor</translation>
    </message>
    <message>
        <source>All w4a8</source>
        <translation>Alles w4a8</translation>
    </message>
    <message>
        <source>4-bit weights and 8-bit activations everywhere</source>
        <translation>Überall Gewichte mit 4 Bit und Aktivierungen mit 8 Bit</translation>
    </message>
    <message>
        <source>All fp16</source>
        <translation>Alles fp16</translation>
    </message>
    <message>
        <source>Half precision everywhere</source>
        <translation>Überall halbe Präzision</translation>
    </message>
    <message>
        <source>Weights Only, w8a16</source>
        <translation>Nur Gewichte, w8a16</translation>
    </message>
    <message>
        <source>8-bit weights everywhere; activations keep 16 bits</source>
        <translation>Überall Gewichte mit 8 Bit; Aktivierungen behalten 16 Bit</translation>
    </message>
    <message>
        <source>Weights Only, w4a16</source>
        <translation>Nur Gewichte, w4a16</translation>
    </message>
    <message>
        <source>4-bit weights everywhere; activations keep 16 bits</source>
        <translation>Überall Gewichte mit 4 Bit; Aktivierungen behalten 16 Bit</translation>
    </message>
    <message>
        <source>Protect First and Last</source>
        <translation>Anfang und Ende schützen</translation>
    </message>
    <message>
        <source>First and last convolution and the time embedding in fp16; all others stay as they are</source>
        <translation>Erste und letzte Faltung und die Zeiteinbettung in fp16; alle anderen bleiben, wie sie sind</translation>
    </message>
    <message>
        <source>Protect Attention</source>
        <translation>Attention schützen</translation>
    </message>
    <message>
        <source>Queries, keys, values and outputs of every attention in fp16; all others stay as they are</source>
        <translation>Query, Key, Value und Ausgang jeder Attention in fp16; alle anderen bleiben, wie sie sind</translation>
    </message>
    <message>
        <source>Protect the Worst…</source>
        <translation>Die schlechtesten schützen…</translation>
    </message>
    <message>
        <source>The rows with the lowest SQNR of the present map in fp16; asks how many</source>
        <translation>Die Zeilen mit dem niedrigsten SQNR der jetzigen Karte in fp16; fragt, wie viele</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>Noisefloor: %1</source>
        <translation>Noisefloor: %1</translation>
    </message>
    <message>
        <source>Written %1</source>
        <translation>Geschrieben %1</translation>
    </message>
    <message>
        <source>Model and settings</source>
        <translation>Modell und Einstellungen</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>Fingerabdruck</translation>
    </message>
    <message>
        <source>Rows of the maps</source>
        <translation>Zeilen der Karten</translation>
    </message>
    <message>
        <source>%1 (%2), %3 parameters</source>
        <translation>%1 (%2), %3 Parameter</translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation>Prompts</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Negativer Prompt</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Sampler</translation>
    </message>
    <message>
        <source>%1, %2 steps, guidance %3, seed %4</source>
        <translation>%1, %2 Schritte, Guidance %3, Seed %4</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Latents</source>
        <translation>Latents</translation>
    </message>
    <message>
        <source>drawn from the seed</source>
        <translation>aus dem Seed gezogen</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>%1 steps</source>
        <translation>%1 Schritte</translation>
    </message>
    <message>
        <source>Recipe: %1</source>
        <translation>Rezept: %1</translation>
    </message>
    <message>
        <source>Default format</source>
        <translation>Standardformat</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>BOPs</source>
        <translation>BOPs</translation>
    </message>
    <message>
        <source>Mean bits of a weight</source>
        <translation>Mittlere Bits je Gewicht</translation>
    </message>
    <message>
        <source>Predicted SQNR, end to end</source>
        <translation>Vorhergesagter SQNR, von Anfang bis Ende</translation>
    </message>
    <message>
        <source>Predicted SQNR, sum of the map&apos;s noise</source>
        <translation>Vorhergesagter SQNR, Summe des Rauschens der Karte</translation>
    </message>
    <message>
        <source>Measured SQNR, end to end</source>
        <translation>Gemessener SQNR, von Anfang bis Ende</translation>
    </message>
    <message>
        <source>Size, operations and prediction need the model; name it with --model.</source>
        <translation>Größe, Operationen und Vorhersage brauchen das Modell; es wird mit --model genannt.</translation>
    </message>
    <message>
        <source>The recipe&apos;s file</source>
        <translation>Die Datei des Rezepts</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Timesteps</source>
        <translation>Zeitschritte</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Trifft auf</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Karten</translation>
    </message>
    <message>
        <source>Nothing was measured yet.</source>
        <translation>Noch wurde nichts gemessen.</translation>
    </message>
    <message numerus="yes">
        <source>The %n row(s) with most noise:</source>
        <translation>
            <numerusform>Die Zeile mit dem meisten Rauschen:</numerusform>
            <numerusform>Die %n Zeilen mit dem meisten Rauschen:</numerusform>
        </translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Worst</source>
        <translation>Schlechtester Wert</translation>
    </message>
    <message>
        <source>at timestep</source>
        <translation>bei Zeitschritt</translation>
    </message>
    <message>
        <source>All numbers of this map</source>
        <translation>Alle Zahlen dieser Karte</translation>
    </message>
    <message>
        <source> floor</source>
        <translation> Grundrauschen</translation>
    </message>
    <message>
        <source>One format everywhere, measured end to end</source>
        <translation>Ein Format überall, von Anfang bis Ende gemessen</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>SQNR of the last latent</source>
        <translation>SQNR des letzten Latents</translation>
    </message>
    <message>
        <source>Layers whose inputs vary most over time</source>
        <translation>Schichten, deren Eingänge sich über die Zeit am meisten ändern</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Narrowest range</source>
        <translation>Engster Bereich</translation>
    </message>
    <message>
        <source>Widest</source>
        <translation>Weitester</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Time for %1</source>
        <translation>Zeit für %1</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>The recipe of these pictures</source>
        <translation>Das Rezept dieser Bilder</translation>
    </message>
    <message>
        <source>SQNR = 10 log10(sum y² / sum (y_q - y)²), rows by timesteps. Hatched grey cells are at the noise floor, cannot be told or were not measured; white lined ones are exact. Information is told as the share that is kept.</source>
        <translation>SQNR = 10 log10(Summe y² / Summe (y_q - y)²), Zeilen mal Zeitschritte. Grau schraffierte Zellen liegen am Grundrauschen, lassen sich nicht bestimmen oder wurden nicht gemessen; weiß linierte sind exakt. Information steht als erhaltener Anteil.</translation>
    </message>
    <message numerus="yes">
        <source>The %n row(s) that keep least:</source>
        <translation>
            <numerusform>Die Zeile, die am wenigsten behält:</numerusform>
            <numerusform>Die %n Zeilen, die am wenigsten behalten:</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>The map of the noise</source>
        <translation>Die Karte des Rauschens</translation>
    </message>
    <message>
        <source>Each row is a part of the network, each column a step of the sampling, from noise on the left to the picture on the right. The number is how much stronger the signal is than the error of few bits, in decibels: low numbers are where few bits hurt.</source>
        <translation>Jede Zeile ist ein Teil des Netzes, jede Spalte ein Schritt des Samplings, vom Rauschen links bis zum Bild rechts. Die Zahl sagt in Dezibel, um wie viel das Signal stärker ist als der Fehler durch wenige Bits: Wo sie niedrig ist, schaden wenige Bits.</translation>
    </message>
    <message>
        <source>The precision of every block</source>
        <translation>Die Präzision jedes Blocks</translation>
    </message>
    <message>
        <source>Choose here in which format a block keeps its weights and its activations. Several rows can be changed at once, and every change can be undone.</source>
        <translation>Hier wird gewählt, in welchem Format ein Block seine Gewichte und seine Aktivierungen hält. Mehrere Zeilen lassen sich auf einmal ändern, und jede Änderung lässt sich zurücknehmen.</translation>
    </message>
    <message>
        <source>What it costs, what it keeps</source>
        <translation>Was es kostet, was es erhält</translation>
    </message>
    <message>
        <source>Size, arithmetic and the predicted quality of the whole model follow every change at once.</source>
        <translation>Größe, Rechenarbeit und vorhergesagte Güte des ganzen Modells folgen jeder Änderung sofort.</translation>
    </message>
    <message>
        <source>What it does to the pictures</source>
        <translation>Was es mit den Bildern macht</translation>
    </message>
    <message>
        <source>The same prompt and the same seed in full precision and in yours. Pictures are made again after every change; hold the space bar to see one in place of the other.</source>
        <translation>Derselbe Prompt und derselbe Seed in voller und in der gewählten Präzision. Nach jeder Änderung entstehen die Bilder neu; solange die Leertaste gehalten wird, steht das eine an der Stelle des anderen.</translation>
    </message>
    <message>
        <source>Let the program search</source>
        <translation>Das Programm suchen lassen</translation>
    </message>
    <message>
        <source>Give a size, an amount of arithmetic or a quality, and the best recipe under it is found, with the reason for every choice.</source>
        <translation>Zu einer Größe, einer Menge an Rechenarbeit oder einer Güte wird das beste Rezept gefunden, mit dem Grund für jede Wahl.</translation>
    </message>
    <message>
        <source>Everything by its name</source>
        <translation>Alles bei seinem Namen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+P finds every command, pane and block by a few letters. F1 explains the pane you are in, and ? lists all keys. That is all; enjoy.</source>
        <translation>Strg+Umschalt+P findet jeden Befehl, jeden Bereich und jeden Block mit wenigen Buchstaben. F1 erklärt den Bereich, in dem die Tastatur ist, und ? listet alle Tasten auf. Das ist alles; viel Freude.</translation>
    </message>
</context>
<context>
    <name>VerifyTexts</name>
    <message>
        <source>✗ Not sound: some numbers are not finite.</source>
        <translation>✗ Nicht in Ordnung: Manche Zahlen sind nicht endlich.</translation>
    </message>
    <message>
        <source>Worst layers</source>
        <translation>Schlechteste Schichten</translation>
    </message>
    <message>
        <source>Stored as</source>
        <translation>Gespeichert als</translation>
    </message>
    <message>
        <source>SQNR dB</source>
        <translation>SQNR dB</translation>
    </message>
    <message>
        <source>to the recipe, dB</source>
        <translation>zum Rezept, dB</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>least, dB</source>
        <translation>geringster, dB</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>graph, dB</source>
        <translation>Graph, dB</translation>
    </message>
    <message>
        <source>simulated, dB</source>
        <translation>simuliert, dB</translation>
    </message>
    <message>
        <source>graph to simulation, dB</source>
        <translation>Graph zu Simulation, dB</translation>
    </message>
    <message>
        <source>missing: %1</source>
        <translation>fehlt: %1</translation>
    </message>
    <message>
        <source>surplus: %1</source>
        <translation>zu viel: %1</translation>
    </message>
    <message>
        <source>to its own rounding, dB</source>
        <translation>zur eigenen Rundung, dB</translation>
    </message>
    <message>
        <source>✓ Sound: nothing is missing, surplus or wrong, and all numbers are finite.</source>
        <translation>✓ In Ordnung: Nichts fehlt, ist überzählig oder falsch, und alle Zahlen sind endlich.</translation>
    </message>
    <message>
        <source>✗ Not sound: tensors missing: %1, surplus: %2, wrong: %3.</source>
        <translation>✗ Nicht in Ordnung: fehlende Tensoren: %1, überzählige: %2, falsche: %3.</translation>
    </message>
    <message>
        <source>wrong: %1</source>
        <translation>falsch: %1</translation>
    </message>
    <message>
        <source>Written: %1, predicted: %2. Layers: %3 exact, %4 rounded anew, %5 as floats.</source>
        <translation>Geschrieben: %1, vorhergesagt: %2. Schichten: %3 unverändert, %4 neu gerundet, %5 als Gleitkommazahlen.</translation>
    </message>
</context>
<context>
    <name>ViewTexts</name>
    <message>
        <source>end to end, from the %1 map</source>
        <translation>von Anfang bis Ende, aus der Karte %1</translation>
    </message>
    <message>
        <source>not end to end, summed over the %1 map</source>
        <translation>nicht von Anfang bis Ende, summiert über die Karte %1</translation>
    </message>
    <message>
        <source>, without %1</source>
        <translation>, ohne %1</translation>
    </message>
</context>
<context>
    <name>app::commands</name>
    <message>
        <source>weights %1</source>
        <translation>Gewichte %1</translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation>Aktivierungen %1</translation>
    </message>
    <message>
        <source>%1 blocks</source>
        <translation>%1 Blöcke</translation>
    </message>
    <message>
        <source>%1 in %2</source>
        <translation>%1 in %2</translation>
    </message>
    <message>
        <source>default %1</source>
        <translation>Standard %1</translation>
    </message>
    <message>
        <source>clear all rules</source>
        <translation>alle Regeln löschen</translation>
    </message>
    <message>
        <source>recipe %1</source>
        <translation>Rezept %1</translation>
    </message>
</context>
<context>
    <name>app::models</name>
    <message>
        <source>%1 % of fp32</source>
        <translation>%1 % von fp32</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>no signal left</source>
        <translation>kein Signal mehr</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>weights %1</source>
        <translation>Gewichte %1</translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation>Aktivierungen %1</translation>
    </message>
    <message>
        <source>gap %1 %</source>
        <translation>Abstand %1 %</translation>
    </message>
    <message>
        <source>no choice within it is predicted above %1; %2</source>
        <translation>für keine Wahl darunter wird mehr als %1 vorhergesagt; %2</translation>
    </message>
    <message>
        <source>no choice that reaches it is below %1; %2</source>
        <translation>keine Wahl, die es erreicht, liegt unter %1; %2</translation>
    </message>
    <message>
        <source>%1 end to end</source>
        <translation>%1 von Anfang bis Ende</translation>
    </message>
    <message>
        <source>, after 1 repair</source>
        <translation>, nach 1 Nachbesserung</translation>
    </message>
    <message>
        <source>, after %1 repairs</source>
        <translation>, nach %1 Nachbesserungen</translation>
    </message>
    <message>
        <source> MiB</source>
        <translation> MiB</translation>
    </message>
    <message>
        <source> GBOPs</source>
        <translation> GBOPs</translation>
    </message>
    <message>
        <source> bits</source>
        <translation> Bit</translation>
    </message>
    <message>
        <source> dB</source>
        <translation> dB</translation>
    </message>
    <message>
        <source>all others</source>
        <translation>alle anderen</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>the default of the recipe</source>
        <translation>der Standard des Rezepts</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>%1, %2, %3 bits per weight</source>
        <translation>%1, %2, %3 Bit je Gewicht</translation>
    </message>
    <message>
        <source>BOPs</source>
        <translation>BOPs</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation>Vorhergesagt</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>Bound</source>
        <translation>Schranke</translation>
    </message>
    <message>
        <source>Stopped before the target held; this is the best so far.</source>
        <translation>Angehalten, bevor das Ziel gehalten wurde; dies ist das bisher Beste.</translation>
    </message>
    <message>
        <source>The target does not hold when measured, and no precision is left to raise; this is the best found.</source>
        <translation>Gemessen wird das Ziel nicht gehalten, und keine Präzision lässt sich mehr erhöhen; dies ist das beste gefundene Rezept.</translation>
    </message>
    <message>
        <source>Maps of %1 are missing: predictions are rough until they are measured.</source>
        <translation>Karten für %1 fehlen: Bis sie gemessen sind, sind Vorhersagen grob.</translation>
    </message>
    <message>
        <source>from %1 on %2</source>
        <translation>ab %1 %2</translation>
    </message>
    <message>
        <source>Bits per weight</source>
        <translation>Bits je Gewicht</translation>
    </message>
    <message>
        <source>SQNR predicted</source>
        <translation>SQNR vorhergesagt</translation>
    </message>
    <message>
        <source>SQNR measured</source>
        <translation>SQNR gemessen</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>searched</source>
        <translation>gesucht</translation>
    </message>
    <message>
        <source> (alpha %1)</source>
        <translation> (Alpha %1)</translation>
    </message>
    <message>
        <source>alpha %1: %2</source>
        <translation>Alpha %1: %2</translation>
    </message>
    <message>
        <source>%1, %2 steps, %3</source>
        <translation>%1, %2 Schritte, %3</translation>
    </message>
    <message>
        <source>, %1 intervals</source>
        <translation>, %1 Abschnitte</translation>
    </message>
    <message>
        <source>, from %1</source>
        <translation>, aus %1</translation>
    </message>
    <message>
        <source>on</source>
        <translation>an</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>Error feedback</source>
        <translation>Fehlerrückführung</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Niedriger Rang</translation>
    </message>
    <message>
        <source>rank %1: %2</source>
        <translation>Rang %1: %2</translation>
    </message>
    <message>
        <source>Split skips</source>
        <translation>Geteilte Skips</translation>
    </message>
    <message>
        <source>Precomputed time embedding</source>
        <translation>Vorausberechnete Zeiteinbettung</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>1 layer</source>
        <translation>1 Schicht</translation>
    </message>
    <message>
        <source>%1 layers</source>
        <translation>%1 Schichten</translation>
    </message>
    <message>
        <source>%1 in 1 block</source>
        <translation>%1 in 1 Block</translation>
    </message>
    <message>
        <source>%1 in %2 blocks</source>
        <translation>%1 in %2 Blöcken</translation>
    </message>
    <message>
        <source>matches nothing</source>
        <translation>trifft auf nichts</translation>
    </message>
    <message>
        <source>overridden by later rules</source>
        <translation>von späteren Regeln verdrängt</translation>
    </message>
    <message>
        <source>in force</source>
        <translation>in Kraft</translation>
    </message>
    <message>
        <source>in force for %1 of %2 layers</source>
        <translation>in Kraft für %1 von %2 Schichten</translation>
    </message>
    <message>
        <source>“%1” is no range of steps; write “all” or two timesteps such as “999 to 667”.</source>
        <translation>„%1“ ist kein Bereich von Schritten; er heißt „all“ oder nennt zwei Zeitschritte wie „999 to 667“.</translation>
    </message>
    <message>
        <source> ms</source>
        <translation> ms</translation>
    </message>
    <message>
        <source>UNet step</source>
        <translation>UNet-Schritt</translation>
    </message>
    <message>
        <source>%1, measured layer by layer on this machine</source>
        <translation>%1, Schicht für Schicht auf diesem Rechner gemessen</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>UNet step on this machine</source>
        <translation>UNet-Schritt auf diesem Rechner</translation>
    </message>
</context>
<context>
    <name>app::models::ExportPlanModel</name>
    <message>
        <source>● exact</source>
        <translation>● unverändert</translation>
    </message>
    <message>
        <source>◐ rounded anew</source>
        <translation>◐ neu gerundet</translation>
    </message>
    <message>
        <source>○ floats</source>
        <translation>○ Gleitkomma</translation>
    </message>
    <message>
        <source>Holds no weights; about %1.</source>
        <translation>Enthält keine Gewichte; etwa %1.</translation>
    </message>
    <message>
        <source>Layers: %1 exact, %2 rounded anew, %3 as floats. About %4 in all.</source>
        <translation>Schichten: %1 unverändert, %2 neu gerundet, %3 als Gleitkommazahlen. Insgesamt etwa %4.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>Wird</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Grund</translation>
    </message>
</context>
<context>
    <name>app::models::JobsModel</name>
    <message>
        <source>Opening</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>Bericht schreiben</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Inspecting</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Grid of pictures</source>
        <translation>Raster der Bilder</translation>
    </message>
    <message>
        <source>Measuring the recipe</source>
        <translation>Rezept messen</translation>
    </message>
    <message>
        <source>Searching</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>pausing…</source>
        <translation>pausiert gleich…</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>hält an…</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>replaced by a newer one</source>
        <translation>durch einen neueren ersetzt</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>gescheitert</translation>
    </message>
    <message>
        <source>about %1 s</source>
        <translation>etwa %1 s</translation>
    </message>
    <message>
        <source>about %1 min</source>
        <translation>etwa %1 min</translation>
    </message>
    <message>
        <source>about %1 h</source>
        <translation>etwa %1 h</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Auftrag</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Verifying an export</source>
        <translation>Export prüfen</translation>
    </message>
    <message>
        <source>Measuring the speed</source>
        <translation>Geschwindigkeit wird gemessen</translation>
    </message>
</context>
<context>
    <name>app::models::RuleModel</name>
    <message>
        <source>add a rule for %1</source>
        <translation>Regel für %1 hinzufügen</translation>
    </message>
    <message>
        <source>delete a rule</source>
        <translation>eine Regel löschen</translation>
    </message>
    <message>
        <source>delete %1 rules</source>
        <translation>%1 Regeln löschen</translation>
    </message>
    <message>
        <source>move a rule up</source>
        <translation>eine Regel nach oben schieben</translation>
    </message>
    <message>
        <source>move a rule down</source>
        <translation>eine Regel nach unten schieben</translation>
    </message>
    <message>
        <source>as before</source>
        <translation>wie zuvor</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>edit the rule for %1</source>
        <translation>die Regel für %1 bearbeiten</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Trifft auf</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Reaches</source>
        <translation>Erreicht</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>A rule needs a pattern: a block, a layer, or a name with * or **.</source>
        <translation>Eine Regel braucht ein Muster: einen Block, eine Schicht oder einen Namen mit * oder **.</translation>
    </message>
    <message>
        <source>A rule has to set weights or activations; delete it to have neither.</source>
        <translation>Eine Regel muss Gewichte oder Aktivierungen festlegen; für keines von beiden wird sie gelöscht.</translation>
    </message>
</context>
<context>
    <name>app::session</name>
    <message>
        <source>%1 is now read from %2.</source>
        <translation>%1 wird jetzt aus %2 gelesen.</translation>
    </message>
    <message>
        <source>The model was not at %1 any more; it was found at %2.</source>
        <translation>Das Modell war nicht mehr unter %1; es wurde unter %2 gefunden.</translation>
    </message>
    <message>
        <source>These analyses to compare with are missing: %1.</source>
        <translation>Diese Analysen zum Vergleichen fehlen: %1.</translation>
    </message>
    <message>
        <source>The recipe&apos;s own file %1 cannot be used any more; the session holds the recipe.</source>
        <translation>Die eigene Datei %1 des Rezepts ist nicht mehr brauchbar; die Sitzung enthält das Rezept.</translation>
    </message>
</context>
<context>
    <name>app::session::BlockInspector</name>
    <message>
        <source>The inspection was stopped; select the block again.</source>
        <translation>Die Untersuchung wurde angehalten; der Block muss noch einmal ausgewählt werden.</translation>
    </message>
</context>
<context>
    <name>app::session::RecipeFinder</name>
    <message>
        <source>Open a model first.</source>
        <translation>Zuerst muss ein Modell geöffnet werden.</translation>
    </message>
    <message>
        <source>Choose at least one format.</source>
        <translation>Mindestens ein Format muss gewählt werden.</translation>
    </message>
    <message>
        <source>Nothing is measured yet; measure the maps of the chosen formats.</source>
        <translation>Noch ist nichts gemessen; die Karten der gewählten Formate müssen gemessen werden.</translation>
    </message>
    <message>
        <source>How fast the layers are on this machine is not measured yet; choose Run, Measure Speed.</source>
        <translation>Wie schnell die Schichten auf diesem Rechner sind, ist noch nicht gemessen; dafür gibt es Ausführen, Geschwindigkeit messen.</translation>
    </message>
</context>
<context>
    <name>app::session::RecipeShelf</name>
    <message>
        <source>%1 recipes are kept for comparison already; remove one of them first.</source>
        <translation>Es werden schon %1 Rezepte zum Vergleich behalten; eines davon muss zuerst entfernt werden.</translation>
    </message>
</context>
<context>
    <name>app::session::Settings</name>
    <message>
        <source>The settings could not be read and are the standard ones again</source>
        <translation>Die Einstellungen waren nicht lesbar und sind wieder die ursprünglichen</translation>
    </message>
    <message>
        <source>The settings are of a newer version of the program and are the standard ones here</source>
        <translation>Die Einstellungen stammen von einer neueren Version des Programms; hier gelten die ursprünglichen</translation>
    </message>
    <message>
        <source>%1; the file was kept as %2.</source>
        <translation>%1; die Datei wurde als %2 aufgehoben.</translation>
    </message>
    <message>
        <source>%1; the file %2 could not be set aside.</source>
        <translation>%1; die Datei %2 ließ sich nicht beiseitelegen.</translation>
    </message>
    <message>
        <source>not there any more</source>
        <translation>nicht mehr da</translation>
    </message>
</context>
<context>
    <name>app::session::Studio</name>
    <message>
        <source>Wrote the report %1</source>
        <translation>Bericht %1 geschrieben</translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation>%1 geöffnet</translation>
    </message>
    <message>
        <source>This model has no %1, so it can be inspected but not run here; choose a model that lends what is missing under File, Open with Options.</source>
        <translation>Diesem Modell fehlt: %1. Es lässt sich ansehen, hier aber nicht rechnen; unter Datei, Mit Optionen öffnen kann ein Modell gewählt werden, das Fehlendes leiht.</translation>
    </message>
    <message>
        <source> and no </source>
        <translation> und </translation>
    </message>
    <message>
        <source>Exported to %1: %2 in %3 tensors, written, read back and compared.</source>
        <translation>Nach %1 exportiert: %2 in %3 Tensoren, geschrieben, zurückgelesen und verglichen.</translation>
    </message>
    <message>
        <source>Exported to %1: %2, written and read back.</source>
        <translation>Exportiert nach %1: %2, geschrieben und wieder gelesen.</translation>
    </message>
    <message>
        <source>Farthest from the recipe is %1, with %2 dB.</source>
        <translation>Am weitesten vom Rezept entfernt ist %1, mit %2 dB.</translation>
    </message>
    <message>
        <source>The format is kept to, but no client has loaded such a file yet.</source>
        <translation>Das Format ist eingehalten, aber noch kein Programm hat eine solche Datei geladen.</translation>
    </message>
    <message>
        <source>There are no other maps than these.</source>
        <translation>Es gibt keine anderen Karten als diese.</translation>
    </message>
    <message>
        <source>Maps measured with “%1” and %2 steps</source>
        <translation>Karten, gemessen mit „%1“ und %2 Schritten</translation>
    </message>
    <message>
        <source>Recipe that does not fit</source>
        <translation>Rezept, das nicht passt</translation>
    </message>
    <message>
        <source>The recipe of the session does not fit the model; it stands in the recipe pane, to be corrected there. %1</source>
        <translation>Das Rezept der Sitzung passt nicht zum Modell; es steht im Bereich Rezept und kann dort berichtigt werden. %1</translation>
    </message>
    <message>
        <source>Layers: %1 exact, %2 rounded anew, %3 as floats.</source>
        <translation>Schichten: %1 unverändert, %2 neu gerundet, %3 als Gleitkommazahlen.</translation>
    </message>
    <message>
        <source>A UNet step takes %1 ms in full precision on this machine.</source>
        <translation>Ein UNet-Schritt dauert auf diesem Rechner in voller Genauigkeit %1 ms.</translation>
    </message>
</context>
<context>
    <name>app::session::StudioDocument</name>
    <message>
        <source>%1 blocks</source>
        <translation>%1 Blöcke</translation>
    </message>
    <message>
        <source>lock %1</source>
        <translation>%1 sperren</translation>
    </message>
    <message>
        <source>unlock %1</source>
        <translation>%1 entsperren</translation>
    </message>
    <message>
        <source>replace the locks</source>
        <translation>die Sperren ersetzen</translation>
    </message>
    <message>
        <source>The text in the recipe pane is no recipe of this model yet, so %1 is not written; correct the text, take it back, or save the session, which keeps it as it is.</source>
        <translation>Der Text im Bereich Rezept ist noch kein Rezept dieses Modells, deshalb wird %1 nicht geschrieben; der Text muss berichtigt oder zurückgenommen werden, oder die Sitzung gespeichert, die ihn so behält, wie er ist.</translation>
    </message>
</context>
<context>
    <name>app::windows</name>
    <message>
        <source>%1 is there already. What is in it would be lost.</source>
        <translation>%1 gibt es schon. Was darin steht, ginge verloren.</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>&amp;Ersetzen</translation>
    </message>
    <message>
        <source>&amp;Another Name…</source>
        <translation>&amp;Anderer Name…</translation>
    </message>
</context>
<context>
    <name>app::windows::BlocksPane</name>
    <message>
        <source>Default weight format</source>
        <translation>Standardformat der Gewichte</translation>
    </message>
    <message>
        <source>Weight format of every layer that no rule names</source>
        <translation>Format der Gewichte jeder Schicht, die keine Regel nennt</translation>
    </message>
    <message>
        <source>Default activation format</source>
        <translation>Standardformat der Aktivierungen</translation>
    </message>
    <message>
        <source>Activation format of every layer that no rule names</source>
        <translation>Format der Aktivierungen jeder Schicht, die keine Regel nennt</translation>
    </message>
    <message>
        <source>Default weights</source>
        <translation>Standard: Gewichte</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Presets</source>
        <translation>Voreinstellungen</translation>
    </message>
</context>
<context>
    <name>app::windows::BrushBar</name>
    <message>
        <source>Set</source>
        <translation>Setzen</translation>
    </message>
    <message>
        <source>Brushed part of the map</source>
        <translation>Markierter Teil der Karte</translation>
    </message>
    <message>
        <source>weights as they are</source>
        <translation>Gewichte, wie sie sind</translation>
    </message>
    <message>
        <source>Weight format of what is brushed</source>
        <translation>Format der Gewichte des Markierten</translation>
    </message>
    <message>
        <source>Weights have one format at all timesteps, whichever are brushed</source>
        <translation>Gewichte haben ein Format für alle Zeitschritte, welche auch immer markiert sind</translation>
    </message>
    <message>
        <source>activations as they are</source>
        <translation>Aktivierungen, wie sie sind</translation>
    </message>
    <message>
        <source>Activation format of what is brushed</source>
        <translation>Format der Aktivierungen des Markierten</translation>
    </message>
    <message>
        <source>At the brushed timesteps alone</source>
        <translation>Nur an den markierten Zeitschritten</translation>
    </message>
    <message>
        <source>Set the formats of what is brushed</source>
        <translation>Die Formate des Markierten setzen</translation>
    </message>
    <message>
        <source>Give what is brushed these formats, in one step that can be undone</source>
        <translation>Dem Markierten diese Formate geben, in einem Schritt, der sich zurücknehmen lässt</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößerung</translation>
    </message>
    <message>
        <source>Zoom to what is brushed</source>
        <translation>Auf das Markierte vergrößern</translation>
    </message>
    <message>
        <source>Show what is brushed as large as it can be (Z)</source>
        <translation>Das Markierte so groß wie möglich zeigen (Z)</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Aufheben</translation>
    </message>
    <message>
        <source>Clear the brush</source>
        <translation>Die Markierung aufheben</translation>
    </message>
    <message>
        <source>Nothing is brushed any more (Esc)</source>
        <translation>Nichts ist mehr markiert (Esc)</translation>
    </message>
    <message>
        <source>%1; weights change at all timesteps</source>
        <translation>%1; Gewichte ändern sich für alle Zeitschritte</translation>
    </message>
</context>
<context>
    <name>app::windows::CommandPalette</name>
    <message>
        <source>Open a model first.</source>
        <translation>Zuerst muss ein Modell geöffnet werden.</translation>
    </message>
    <message>
        <source>Not possible just now.</source>
        <translation>Gerade nicht möglich.</translation>
    </message>
    <message>
        <source>Go to %1</source>
        <translation>Gehe zu %1</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Select this block in the map and in the table</source>
        <translation>Diesen Block in der Karte und in der Tabelle auswählen</translation>
    </message>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>Was ist zu tun?</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>A few letters of a command, a pane or a block; Enter runs the marked one, Esc closes</source>
        <translation>Einige Buchstaben eines Befehls, eines Bereichs oder eines Blocks; Eingabe führt den markierten aus, Esc schließt</translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation>Passende Befehle</translation>
    </message>
</context>
<context>
    <name>app::windows::ComparisonPane</name>
    <message>
        <source>Making the picture…</source>
        <translation>Das Bild entsteht…</translation>
    </message>
    <message>
        <source>The first pictures follow when the maps are measured</source>
        <translation>Die ersten Bilder folgen, wenn die Karten gemessen sind</translation>
    </message>
    <message>
        <source>Full precision, seed %1</source>
        <translation>Volle Präzision, Seed %1</translation>
    </message>
    <message>
        <source>Quantized: %1</source>
        <translation>Quantisiert: %1</translation>
    </message>
    <message>
        <source>No picture was made</source>
        <translation>Es entstand kein Bild</translation>
    </message>
    <message>
        <source>t %1</source>
        <translation>t %1</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Where the pictures part</source>
        <translation>Wo die Bilder auseinandergehen</translation>
    </message>
    <message>
        <source>%1, %2 of %3</source>
        <translation>%1, %2 von %3</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Quantized, after step %1</source>
        <translation>Quantisiert, nach Schritt %1</translation>
    </message>
    <message>
        <source>Full precision after step %1 (%2)</source>
        <translation>Volle Präzision nach Schritt %1 (%2)</translation>
    </message>
    <message>
        <source>Quantized after step %1 (%2)</source>
        <translation>Quantisiert nach Schritt %1 (%2)</translation>
    </message>
    <message>
        <source>More than %1 % apart from step %2 on</source>
        <translation>Ab Schritt %2 mehr als %1 % auseinander</translation>
    </message>
    <message>
        <source>Never more than %1 % apart</source>
        <translation>Nie mehr als %1 % auseinander</translation>
    </message>
    <message>
        <source>Steps of both pictures</source>
        <translation>Schritte beider Bilder</translation>
    </message>
    <message>
        <source>Full precision</source>
        <translation>Volle Präzision</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>Quantisiert</translation>
    </message>
</context>
<context>
    <name>app::windows::CopyStatus</name>
    <message>
        <source>Work is not kept for recovery</source>
        <translation>Arbeit wird nicht zum Wiederherstellen aufgehoben</translation>
    </message>
    <message>
        <source>Save Elsewhere…</source>
        <translation>Anderswo speichern…</translation>
    </message>
    <message>
        <source>State of the copies for recovery</source>
        <translation>Stand der Kopien zum Wiederherstellen</translation>
    </message>
    <message>
        <source>Save the session in a place that can be written</source>
        <translation>Die Sitzung an einem Ort speichern, der beschrieben werden kann</translation>
    </message>
</context>
<context>
    <name>app::windows::DocumentFiles</name>
    <message>
        <source>Open a model folder</source>
        <translation>Einen Modellordner öffnen</translation>
    </message>
    <message>
        <source>Open a checkpoint</source>
        <translation>Einen Checkpoint öffnen</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors *.gguf);;All files (*)</source>
        <translation>Checkpoints (*.safetensors *.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open a recipe or an analysis</source>
        <translation>Rezept oder Analyse öffnen</translation>
    </message>
    <message>
        <source>Recipes and analyses (*.recipe.json *.analysis.json);;All files (*)</source>
        <translation>Rezepte und Analysen (*.recipe.json *.analysis.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>%1 gespeichert</translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation>Das Rezept speichern</translation>
    </message>
    <message>
        <source>Save the analysis</source>
        <translation>Die Analyse speichern</translation>
    </message>
    <message>
        <source>The recipe has changes that are not saved.</source>
        <translation>Das Rezept hat Änderungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
        <source>Open a session</source>
        <translation>Eine Sitzung öffnen</translation>
    </message>
    <message>
        <source>New folder:</source>
        <translation>Neuer Ordner:</translation>
    </message>
    <message>
        <source>The session %1 has changes that are not saved.</source>
        <translation>Die Sitzung %1 hat Änderungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
        <source>Sessions (*.noisefloor);;All files (*)</source>
        <translation>Sitzungen (*.noisefloor);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Work on this model is not saved. A session keeps all of it, prompts and kept recipes too; a recipe file keeps the recipe alone.</source>
        <translation>Die Arbeit an diesem Modell ist nicht gespeichert. Eine Sitzung behält alles, auch Prompts und behaltene Rezepte; eine Rezeptdatei behält nur das Rezept.</translation>
    </message>
    <message>
        <source>Save your work?</source>
        <translation>Die Arbeit speichern?</translation>
    </message>
    <message>
        <source>&amp;Save Session</source>
        <translation>&amp;Sitzung speichern</translation>
    </message>
    <message>
        <source>Save &amp;Recipe</source>
        <translation>&amp;Rezept speichern</translation>
    </message>
</context>
<context>
    <name>app::windows::ExportDialog</name>
    <message>
        <source>Replace what is there</source>
        <translation>Ersetzen, was dort ist</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Export the quantized model</source>
        <translation>Das quantisierte Modell exportieren</translation>
    </message>
    <message>
        <source>&amp;Format</source>
        <translation>&amp;Format</translation>
    </message>
    <message>
        <source>&amp;Target</source>
        <translation>&amp;Ziel</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exportieren nach</translation>
    </message>
    <message>
        <source>There is something at this place already</source>
        <translation>An dieser Stelle ist schon etwas</translation>
    </message>
    <message>
        <source>C&amp;hoose…</source>
        <translation>Aus&amp;wählen…</translation>
    </message>
    <message>
        <source>&amp;Replace what is there</source>
        <translation>Vorhandenes &amp;ersetzen</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>E&amp;xportieren</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>What is written, and for which programs</source>
        <translation>Was geschrieben wird, und für welche Programme</translation>
    </message>
    <message>
        <source>File or folder to write</source>
        <translation>Datei oder Ordner, der geschrieben wird</translation>
    </message>
    <message>
        <source>Choose the file or folder</source>
        <translation>Datei oder Ordner auswählen</translation>
    </message>
    <message>
        <source>Choose the file or folder to write</source>
        <translation>Datei oder Ordner auswählen, der geschrieben wird</translation>
    </message>
    <message>
        <source>Replace the file or folder of this name</source>
        <translation>Die Datei oder den Ordner dieses Namens ersetzen</translation>
    </message>
    <message>
        <source>What becomes of every layer</source>
        <translation>Was aus jeder Schicht wird</translation>
    </message>
    <message>
        <source>What becomes of every layer; a click on a heading sorts</source>
        <translation>Was aus jeder Schicht wird; ein Klick auf eine Überschrift sortiert</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Anmerkungen</translation>
    </message>
    <message>
        <source>What the format cannot carry</source>
        <translation>Was das Format nicht tragen kann</translation>
    </message>
    <message>
        <source>For %1.</source>
        <translation>Für %1.</translation>
    </message>
    <message>
        <source>Format-conformant, not client-tested: no client has loaded such a file yet.</source>
        <translation>Formatgerecht, nicht am Programm erprobt: Noch kein Programm hat eine solche Datei geladen.</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>Wird geplant…</translation>
    </message>
</context>
<context>
    <name>app::windows::ExportOptionsForm</name>
    <message>
        <source>Only the &amp;UNet</source>
        <translation>Nur das &amp;UNet</translation>
    </message>
    <message>
        <source>Names as in a &amp;whole checkpoint</source>
        <translation>&amp;Namen wie in einem ganzen Checkpoint</translation>
    </message>
    <message>
        <source>&amp;Quantize nothing</source>
        <translation>Nichts &amp;quantisieren</translation>
    </message>
    <message>
        <source>Flo&amp;ats as</source>
        <translation>&amp;Gleitkommazahlen als</translation>
    </message>
    <message>
        <source>What is stored of weights that are not quantized</source>
        <translation>Was von Gewichten gespeichert wird, die nicht quantisiert sind</translation>
    </message>
    <message>
        <source>Leave out text encoders and autoencoder</source>
        <translation>Text-Encoder und Autoencoder weglassen</translation>
    </message>
    <message>
        <source>Let the names of a UNet alone begin with model.diffusion_model.</source>
        <translation>Die Namen eines UNets allein mit model.diffusion_model. beginnen lassen</translation>
    </message>
    <message>
        <source>&amp;Variant</source>
        <translation>&amp;Variante</translation>
    </message>
    <message>
        <source>Part of the names of weight files, such as fp16; may be empty</source>
        <translation>Teil der Namen von Gewichtsdateien, etwa fp16; kann leer sein</translation>
    </message>
    <message>
        <source>Write the graphs in full precision</source>
        <translation>Die Graphen in voller Präzision schreiben</translation>
    </message>
    <message>
        <source>&amp;Picture size</source>
        <translation>&amp;Bildgröße</translation>
    </message>
    <message>
        <source>Size of the pictures that the graphs are made for, in pixels</source>
        <translation>Größe der Bilder, für die die Graphen gemacht werden, in Pixeln</translation>
    </message>
    <message>
        <source>F&amp;ile version</source>
        <translation>Datei&amp;version</translation>
    </message>
    <message>
        <source>Version of the encodings</source>
        <translation>Version der Encodings</translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation>Breite in Pixeln</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Höhe in Pixeln</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>die des Modells</translation>
    </message>
</context>
<context>
    <name>app::windows::GridPane</name>
    <message>
        <source>Keep Present Recipe</source>
        <translation>Jetziges Rezept behalten</translation>
    </message>
    <message>
        <source>Make Grid</source>
        <translation>Raster machen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop after This One</source>
        <translation>Nach diesem anhalten</translation>
    </message>
    <message>
        <source>Export Sheet…</source>
        <translation>Bogen exportieren…</translation>
    </message>
    <message>
        <source>Grid of prompts and recipes</source>
        <translation>Raster aus Prompts und Rezepten</translation>
    </message>
    <message>
        <source>Prompts of the grid</source>
        <translation>Prompts des Rasters</translation>
    </message>
    <message>
        <source>One prompt a line; the seed of the pictures pane is that of the first, the next count up</source>
        <translation>Ein Prompt je Zeile; der Seed des Bereichs der Bilder ist der des ersten, die nächsten zählen weiter</translation>
    </message>
    <message>
        <source>Recipes of the grid</source>
        <translation>Rezepte des Rasters</translation>
    </message>
    <message>
        <source>Checked recipes become columns of the grid</source>
        <translation>Angekreuzte Rezepte werden Spalten des Rasters</translation>
    </message>
    <message>
        <source>Keep the present recipe, so that later ones can be compared with it</source>
        <translation>Das jetzige Rezept behalten, damit spätere damit verglichen werden können</translation>
    </message>
    <message>
        <source>Make a picture of every prompt in full precision and under every checked recipe</source>
        <translation>Von jedem Prompt ein Bild in voller Präzision und unter jedem angekreuzten Rezept machen</translation>
    </message>
    <message>
        <source>Stop at once; pictures that are finished stay</source>
        <translation>Sofort anhalten; fertige Bilder bleiben</translation>
    </message>
    <message>
        <source>Finish the picture that is being made, and no more</source>
        <translation>Das Bild, das gerade entsteht, noch fertig machen, sonst keines</translation>
    </message>
    <message>
        <source>Write the finished prompts as a sheet with captions, single pictures and metrics</source>
        <translation>Die fertigen Prompts als Bogen mit Beschriftung, einzelnen Bildern und Messwerten schreiben</translation>
    </message>
    <message>
        <source>State of the grid</source>
        <translation>Stand des Rasters</translation>
    </message>
    <message>
        <source>Pro&amp;mpts</source>
        <translation>Pro&amp;mpts</translation>
    </message>
    <message>
        <source>&amp;Recipes</source>
        <translation>&amp;Rezepte</translation>
    </message>
    <message numerus="yes">
        <source>Wrote the sheet of %n prompt(s), its pictures and metrics to %1</source>
        <translation>
            <numerusform>Bogen eines Prompts mit Bildern und Messwerten nach %1 geschrieben</numerusform>
            <numerusform>Bogen von %n Prompts mit Bildern und Messwerten nach %1 geschrieben</numerusform>
        </translation>
    </message>
    <message>
        <source>Present recipe</source>
        <translation>Jetziges Rezept</translation>
    </message>
    <message>
        <source>Present: %1</source>
        <translation>Jetzt: %1</translation>
    </message>
    <message>
        <source>A grid needs a prompt and a checked recipe.</source>
        <translation>Ein Raster braucht einen Prompt und ein angekreuztes Rezept.</translation>
    </message>
    <message>
        <source>Full precision</source>
        <translation>Volle Präzision</translation>
    </message>
    <message>
        <source>seed %1</source>
        <translation>Seed %1</translation>
    </message>
    <message>
        <source>Full precision, %1</source>
        <translation>Volle Präzision, %1</translation>
    </message>
    <message>
        <source>%1 of %2 prompts finished</source>
        <translation>%1 von %2 Prompts fertig</translation>
    </message>
    <message>
        <source>The present grid is still being made; stop it first, or wait for it.</source>
        <translation>Das jetzige Raster entsteht noch; es muss erst fertig oder angehalten sein.</translation>
    </message>
</context>
<context>
    <name>app::windows::HeatmapPane</name>
    <message>
        <source>Metric</source>
        <translation>Maß</translation>
    </message>
    <message>
        <source>Where the error is measured; a map that is missing is measured at once</source>
        <translation>Wo der Fehler gemessen wird; eine fehlende Karte wird sofort gemessen</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>What is quantized: one format for all blocks, or each block as in the recipe</source>
        <translation>Was quantisiert wird: ein Format für alle Blöcke oder jeder Block wie im Rezept</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>as in the recipe</source>
        <translation>wie im Rezept</translation>
    </message>
    <message>
        <source>Weights: of the weights alone, without data</source>
        <translation>Gewichte: nur der Gewichte, ohne Daten</translation>
    </message>
    <message>
        <source>Local: at the row&apos;s own output</source>
        <translation>Lokal: am eigenen Ausgang der Zeile</translation>
    </message>
    <message>
        <source>Output: at the predicted noise</source>
        <translation>Ausgang: am vorhergesagten Rauschen</translation>
    </message>
    <message>
        <source>Others: all but the row, at the predicted noise</source>
        <translation>Andere: alle außer der Zeile, am vorhergesagten Rauschen</translation>
    </message>
    <message>
        <source>Accumulated: along the whole trajectory</source>
        <translation>Angesammelt: entlang der ganzen Bahn</translation>
    </message>
    <message>
        <source>Final: at the latent after the last step</source>
        <translation>Ende: am Latent nach dem letzten Schritt</translation>
    </message>
    <message>
        <source>What is measured: blocks of the network, or layers, which are folded into their blocks</source>
        <translation>Was gemessen wird: Blöcke des Netzes oder Schichten, die in ihre Blöcke gefaltet sind</translation>
    </message>
    <message>
        <source>order of the model</source>
        <translation>Reihenfolge des Modells</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Sort rows by</source>
        <translation>Zeilen ordnen nach</translation>
    </message>
    <message>
        <source>Order of the rows; a click on a timestep or on the title of a summary sorts too</source>
        <translation>Reihenfolge der Zeilen; ein Klick auf einen Zeitschritt oder auf den Titel einer Zusammenfassung ordnet auch</translation>
    </message>
    <message>
        <source>Turn the order round</source>
        <translation>Reihenfolge umkehren</translation>
    </message>
    <message>
        <source>Largest first</source>
        <translation>Größte zuerst</translation>
    </message>
    <message>
        <source>Take away another analysis</source>
        <translation>Eine andere Analyse abziehen</translation>
    </message>
    <message>
        <source>Shows by how many dB this map is above that of another analysis</source>
        <translation>Zeigt, um wie viele dB diese Karte über der einer anderen Analyse liegt</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>Ordnen nach</translation>
    </message>
    <message>
        <source>Minus</source>
        <translation>Minus</translation>
    </message>
    <message>
        <source>all timesteps</source>
        <translation>alle Zeitschritte</translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>formats of %1</source>
        <translation>Formate von %1</translation>
    </message>
    <message>
        <source>largest first</source>
        <translation>größte zuerst</translation>
    </message>
    <message>
        <source>smallest first</source>
        <translation>kleinste zuerst</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Another analysis…</source>
        <translation>Eine andere Analyse…</translation>
    </message>
    <message>
        <source>t %1</source>
        <translation>t %1</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>Information: what the row&apos;s own output keeps of it</source>
        <translation>Information: was der eigene Ausgang der Zeile davon behält</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>worst</source>
        <translation>tiefster</translation>
    </message>
    <message>
        <source>number at a timestep</source>
        <translation>Zahl an einem Zeitschritt</translation>
    </message>
    <message>
        <source>number at t %1</source>
        <translation>Zahl bei t %1</translation>
    </message>
</context>
<context>
    <name>app::windows::HelpPane</name>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>Page of the guide</source>
        <translation>Seite der Anleitung</translation>
    </message>
    <message>
        <source>Find on this page</source>
        <translation>Auf dieser Seite suchen</translation>
    </message>
    <message>
        <source>Enter goes to the next place</source>
        <translation>Eingabe geht zur nächsten Stelle</translation>
    </message>
    <message>
        <source>Result of finding</source>
        <translation>Ergebnis der Suche</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>Vorwärts</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
</context>
<context>
    <name>app::windows::InspectorPane</name>
    <message>
        <source>Inspector</source>
        <translation>Untersuchung</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>All layers of the block together, or one of them</source>
        <translation>Alle Schichten des Blocks zusammen oder eine davon</translation>
    </message>
    <message>
        <source>What the inspector is doing</source>
        <translation>Was die Untersuchung gerade tut</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Ctrl+C copies the table</source>
        <translation>Strg+C kopiert die Tabelle</translation>
    </message>
    <message>
        <source>Input channels whose weights stand out</source>
        <translation>Eingangskanäle, deren Gewichte herausragen</translation>
    </message>
    <message>
        <source>Input channels that stand out</source>
        <translation>Eingangskanäle, die herausragen</translation>
    </message>
    <message>
        <source>SQNR by format</source>
        <translation>SQNR je Format</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation>Eingänge</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>How the weights are spread, and the channels that stand out</source>
        <translation>Wie die Gewichte verteilt sind und welche Kanäle herausragen</translation>
    </message>
    <message>
        <source>How the inputs are spread, their range over time, and the channels that stand out</source>
        <translation>Wie die Eingänge verteilt sind, ihr Bereich über die Zeit und welche Kanäle herausragen</translation>
    </message>
    <message>
        <source>Signal-to-noise ratio in every format</source>
        <translation>Verhältnis von Signal zu Rauschen in jedem Format</translation>
    </message>
    <message>
        <source>Select a block to look into it.</source>
        <translation>Ein ausgewählter Block wird hier untersucht.</translation>
    </message>
    <message>
        <source>Looking into the block…</source>
        <translation>Der Block wird untersucht…</translation>
    </message>
    <message>
        <source>This model cannot be run here, so only its weights are shown.</source>
        <translation>Dieses Modell lässt sich hier nicht rechnen, darum werden nur seine Gewichte gezeigt.</translation>
    </message>
    <message>
        <source>Block that is inspected</source>
        <translation>Block, der untersucht wird</translation>
    </message>
</context>
<context>
    <name>app::windows::JobStatus</name>
    <message>
        <source>Present work</source>
        <translation>Jetzige Arbeit</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop the present work; what was measured is kept</source>
        <translation>Die jetzige Arbeit anhalten; was gemessen wurde, bleibt</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
</context>
<context>
    <name>app::windows::JobsPane</name>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop After This Picture</source>
        <translation>Nach diesem Bild anhalten</translation>
    </message>
    <message>
        <source>Copy as Command Line</source>
        <translation>Als Kommandozeile kopieren</translation>
    </message>
    <message>
        <source>Clear History</source>
        <translation>Verlauf leeren</translation>
    </message>
    <message>
        <source>Resume Them</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>Queue and history of jobs</source>
        <translation>Warteschlange und Verlauf der Aufträge</translation>
    </message>
    <message>
        <source>Put the selected job aside; what was done is kept</source>
        <translation>Den ausgewählten Auftrag beiseitelegen; was getan ist, bleibt</translation>
    </message>
    <message>
        <source>Go on with the selected job</source>
        <translation>Den ausgewählten Auftrag fortsetzen</translation>
    </message>
    <message>
        <source>End the selected job; what was done is kept</source>
        <translation>Den ausgewählten Auftrag beenden; was getan ist, bleibt</translation>
    </message>
    <message>
        <source>Finish the picture that is being made and begin no other</source>
        <translation>Das Bild, das gerade entsteht, fertig machen und kein anderes beginnen</translation>
    </message>
    <message>
        <source>Copy the selected job as a command for a shell</source>
        <translation>Den ausgewählten Auftrag als Befehl für die Kommandozeile kopieren</translation>
    </message>
    <message>
        <source>Take jobs that are over off the list</source>
        <translation>Beendete Aufträge aus der Liste nehmen</translation>
    </message>
    <message>
        <source>Open their model and go on with them</source>
        <translation>Ihr Modell öffnen und sie fortsetzen</translation>
    </message>
    <message>
        <source>Do not offer them again</source>
        <translation>Sie nicht mehr anbieten</translation>
    </message>
    <message>
        <source>Tell me of the end of jobs longer than</source>
        <translation>Das Ende von Aufträgen mitteilen ab einer Dauer von</translation>
    </message>
    <message>
        <source>A message of the desktop when a job ends that took this long, while another window is in front</source>
        <translation>Eine Mitteilung des Schreibtischs, wenn ein so langer Auftrag endet, während ein anderes Fenster vorne ist</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>Tell me of jobs longer than</source>
        <translation>Aufträge mitteilen ab einer Dauer von</translation>
    </message>
    <message>
        <source>The program ended while it was at work on: %1</source>
        <translation>Das Programm endete, während es daran arbeitete: %1</translation>
    </message>
</context>
<context>
    <name>app::windows::MainWindow</name>
    <message>
        <source>About Noisefloor</source>
        <translation>Über Noisefloor</translation>
    </message>
    <message>
        <source>&lt;b&gt;Noisefloor&lt;/b&gt;&lt;p&gt;A studio for quantizing latent diffusion models: which parts may run in few bits, which may not, and what that does to the pictures.</source>
        <translation>&lt;b&gt;Noisefloor&lt;/b&gt;&lt;p&gt;Ein Studio zum Quantisieren von Latent-Diffusion-Modellen: welche Teile mit wenigen Bits rechnen dürfen, welche nicht, und was das mit den Bildern macht.</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Main</source>
        <translation>Haupt</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Show or hide this pane</source>
        <translation>Diesen Bereich zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation>%1 geöffnet</translation>
    </message>
    <message>
        <source>untitled recipe</source>
        <translation>Rezept ohne Namen</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>Rückgängig: %1</translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation>Wiederholen: %1</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Write a report</source>
        <translation>Einen Bericht schreiben</translation>
    </message>
    <message>
        <source>Web page (*.html);;PDF (*.pdf)</source>
        <translation>Webseite (*.html);;PDF (*.pdf)</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>A sheet shows the grid of prompts and recipes; make one first.</source>
        <translation>Ein Bogen zeigt das Raster aus Prompts und Rezepten; zuerst muss es eines geben.</translation>
    </message>
    <message>
        <source>Export the sheet into a new folder</source>
        <translation>Den Bogen in einen neuen Ordner exportieren</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Untersuchung</translation>
    </message>
    <message>
        <source>Export the map</source>
        <translation>Die Karte exportieren</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>%1 gespeichert</translation>
    </message>
    <message>
        <source>Compare with an analysis</source>
        <translation>Mit einer Analyse vergleichen</translation>
    </message>
    <message>
        <source>Analyses (*.analysis.json);;All files (*)</source>
        <translation>Analysen (*.analysis.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>The grid is being made; wait for it or stop it, then export what is finished.</source>
        <translation>Das Raster entsteht gerade; was fertig ist, lässt sich exportieren, wenn es fertig oder angehalten ist.</translation>
    </message>
    <message>
        <source>Nothing is brushed: drag over the map with Shift held, or use the arrow keys there with Shift held.</source>
        <translation>Nichts ist markiert: dazu mit gehaltener Umschalttaste über die Karte ziehen oder dort die Pfeiltasten benutzen.</translation>
    </message>
    <message>
        <source>Imported %1</source>
        <translation>%1 importiert</translation>
    </message>
    <message>
        <source>The recipe was imported with differences: %1</source>
        <translation>Das Rezept wurde mit Abweichungen importiert: %1</translation>
    </message>
    <message>
        <source>import %1</source>
        <translation>%1 importieren</translation>
    </message>
    <message>
        <source>Import a recipe</source>
        <translation>Rezept importieren</translation>
    </message>
    <message>
        <source>The file holds several recipes. Take:</source>
        <translation>Die Datei enthält mehrere Rezepte. Übernehmen:</translation>
    </message>
    <message>
        <source>Bits of the inputs; cancel to import those of weights alone</source>
        <translation>Bits der Eingaben; Abbrechen importiert nur die der Gewichte</translation>
    </message>
    <message>
        <source>Bits by layer (*.yaml *.yml);;All files (*)</source>
        <translation>Bits je Schicht (*.yaml *.yml);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Recipes of other programs (*.json *.yaml *.yml *.txt);;All files (*)</source>
        <translation>Rezepte anderer Programme (*.json *.yaml *.yml *.txt);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Verified %1: %2</source>
        <translation>%1 geprüft: %2</translation>
    </message>
    <message>
        <source>“%1”, seed %2, %3 steps, guidance %4. Recipe: %5, %6</source>
        <translation>„%1“, Seed %2, %3 Schritte, Guidance %4. Rezept: %5, %6</translation>
    </message>
    <message>
        <source>The full-precision picture is missing: it has not been made.</source>
        <translation>Das Bild in voller Präzision fehlt: Es ist nicht erzeugt worden.</translation>
    </message>
    <message>
        <source>The quantized picture is missing: it has not been made.</source>
        <translation>Das quantisierte Bild fehlt: Es ist nicht erzeugt worden.</translation>
    </message>
    <message>
        <source>Made with another recipe than the one of this report.</source>
        <translation>Mit einem anderen Rezept als dem dieses Berichts erzeugt.</translation>
    </message>
    <message>
        <source>Made with another prompt or other sampling than is set now.</source>
        <translation>Mit einem anderen Prompt oder anderen Einstellungen als den jetzigen erzeugt.</translation>
    </message>
    <message>
        <source>Newer pictures were being made when this report was written.</source>
        <translation>Als dieser Bericht geschrieben wurde, wurden gerade neuere Bilder erzeugt.</translation>
    </message>
    <message>
        <source>The first pictures were being made when this report was written.</source>
        <translation>Die ersten Bilder wurden gerade erzeugt, als dieser Bericht geschrieben wurde.</translation>
    </message>
    <message>
        <source>No pictures had been made when this report was written.</source>
        <translation>Als dieser Bericht geschrieben wurde, waren noch keine Bilder erzeugt.</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>Bericht…</translation>
    </message>
    <message>
        <source>Show what reading the export back has found</source>
        <translation>Zeigen, was das Zurücklesen des Exports ergeben hat</translation>
    </message>
</context>
<context>
    <name>app::windows::MessageBar</name>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Close message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Error: %1</source>
        <translation>Fehler: %1</translation>
    </message>
</context>
<context>
    <name>app::windows::ModelWatcher</name>
    <message>
        <source>The model has changed</source>
        <translation>Das Modell hat sich geändert</translation>
    </message>
    <message>
        <source>%1 was changed while the model was open. Nothing more can be measured with the model as it was; what was measured is kept.</source>
        <translation>%1 wurde geändert, während das Modell geöffnet war. Mit dem Modell, wie es war, kann nichts mehr gemessen werden; was gemessen ist, bleibt.</translation>
    </message>
    <message>
        <source>&amp;Open It Again</source>
        <translation>&amp;Erneut öffnen</translation>
    </message>
</context>
<context>
    <name>app::windows::OpenDialog</name>
    <message>
        <source>Checkpoints (*.safetensors *.gguf);;All files (*)</source>
        <translation>Checkpoints (*.safetensors *.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Weight of the LoRA</source>
        <translation>Gewicht der LoRA</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>Ein Modell öffnen</translation>
    </message>
    <message>
        <source>as the file says</source>
        <translation>wie die Datei sagt</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>CUDA</source>
        <translation>CUDA</translation>
    </message>
    <message>
        <source>diffusers folder, .safetensors or .gguf file</source>
        <translation>Ordner von diffusers, .safetensors- oder .gguf-Datei</translation>
    </message>
    <message>
        <source>only for files without text encoder or autoencoder</source>
        <translation>nur für Dateien ohne Textencoder oder Autoencoder</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>&amp;Modell</translation>
    </message>
    <message>
        <source>Choose the model</source>
        <translation>Das Modell wählen</translation>
    </message>
    <message>
        <source>&amp;LoRAs</source>
        <translation>&amp;LoRAs</translation>
    </message>
    <message>
        <source>Missing &amp;parts from</source>
        <translation>Fehlende &amp;Teile aus</translation>
    </message>
    <message>
        <source>Choose the model that lends parts</source>
        <translation>Das Modell wählen, das Teile leiht</translation>
    </message>
    <message>
        <source>The UNet predic&amp;ts</source>
        <translation>Das &amp;UNet sagt vorher</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>&amp;Gerät</translation>
    </message>
    <message>
        <source>P&amp;recision</source>
        <translation>&amp;Präzision</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation>&amp;Ordner…</translation>
    </message>
    <message>
        <source>&amp;File…</source>
        <translation>&amp;Datei…</translation>
    </message>
    <message>
        <source>LoRAs</source>
        <translation>LoRAs</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>&amp;Add…</source>
        <translation>&amp;Hinzufügen…</translation>
    </message>
    <message>
        <source>Remo&amp;ve</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Add LoRAs</source>
        <translation>LoRAs hinzufügen</translation>
    </message>
    <message>
        <source>LoRA files (*.safetensors);;All files (*)</source>
        <translation>LoRA-Dateien (*.safetensors);;Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>app::windows::PresetMenu</name>
    <message>
        <source>P&amp;resets</source>
        <translation>&amp;Voreinstellungen</translation>
    </message>
    <message>
        <source>Changes of the whole recipe that have a name; your own go as JSON files into %1</source>
        <translation>Änderungen des ganzen Rezepts, die einen Namen haben; eigene gehören als JSON-Dateien nach %1</translation>
    </message>
    <message>
        <source>%1 – %2</source>
        <translation>%1 – %2</translation>
    </message>
    <message>
        <source>not possible now</source>
        <translation>jetzt nicht möglich</translation>
    </message>
    <message>
        <source>changes nothing</source>
        <translation>ändert nichts</translation>
    </message>
    <message>
        <source>changes 1 layer</source>
        <translation>ändert 1 Schicht</translation>
    </message>
    <message>
        <source>changes %1 layers</source>
        <translation>ändert %1 Schichten</translation>
    </message>
    <message>
        <source>preset %1</source>
        <translation>Voreinstellung %1</translation>
    </message>
    <message>
        <source>How many rows of the %1 map? This %2.</source>
        <translation>Wie viele Zeilen der Karte %1? Dies %2.</translation>
    </message>
</context>
<context>
    <name>app::windows::RecentMenu</name>
    <message>
        <source>Open Re&amp;cent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>Noch keine</translation>
    </message>
    <message>
        <source>Remove Those That Are Gone</source>
        <translation>Entfernen, was nicht mehr da ist</translation>
    </message>
</context>
<context>
    <name>app::windows::RecipeDiffView</name>
    <message>
        <source>Keep Present</source>
        <translation>Jetziges behalten</translation>
    </message>
    <message>
        <source>Keep the present recipe to be compared with later</source>
        <translation>Das jetzige Rezept für spätere Vergleiche behalten</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Make the chosen recipe the present one again</source>
        <translation>Das gewählte Rezept wieder zum jetzigen machen</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Do not keep the chosen recipe any longer</source>
        <translation>Das gewählte Rezept nicht länger behalten</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Compare with a recipe from a file</source>
        <translation>Mit einem Rezept aus einer Datei vergleichen</translation>
    </message>
    <message>
        <source>Numbers of both recipes</source>
        <translation>Zahlen beider Rezepte</translation>
    </message>
    <message>
        <source>What differs between both recipes</source>
        <translation>Worin sich beide Rezepte unterscheiden</translation>
    </message>
    <message>
        <source>Compare with</source>
        <translation>Vergleichen mit</translation>
    </message>
    <message>
        <source>The recipe that the present one is compared with</source>
        <translation>Das Rezept, mit dem das jetzige verglichen wird</translation>
    </message>
    <message>
        <source>How much differs</source>
        <translation>Wie viel sich unterscheidet</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Present</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>Anderes</translation>
    </message>
    <message>
        <source>the recipe this model began with</source>
        <translation>das Rezept, mit dem dieses Modell begann</translation>
    </message>
    <message>
        <source>the last saved recipe</source>
        <translation>das zuletzt gespeicherte Rezept</translation>
    </message>
    <message>
        <source>Nothing differs.</source>
        <translation>Nichts unterscheidet sich.</translation>
    </message>
    <message>
        <source>Formats of %1 layers differ.</source>
        <translation>Die Formate von %1 Schichten unterscheiden sich.</translation>
    </message>
    <message>
        <source>Compare with a Recipe</source>
        <translation>Mit einem Rezept vergleichen</translation>
    </message>
    <message>
        <source>Recipes (*.json)</source>
        <translation>Rezepte (*.json)</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Umbenennen…</translation>
    </message>
    <message>
        <source>Give the chosen recipe another name</source>
        <translation>Dem gewählten Rezept einen anderen Namen geben</translation>
    </message>
    <message>
        <source>Choose a kept recipe first, in the box of what is compared with.</source>
        <translation>Zuerst muss im Feld für den Vergleich ein behaltenes Rezept gewählt werden.</translation>
    </message>
    <message>
        <source>Rename the kept recipe</source>
        <translation>Das behaltene Rezept umbenennen</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
</context>
<context>
    <name>app::windows::RecipePane</name>
    <message>
        <source>Pages of the recipe</source>
        <translation>Seiten des Rezepts</translation>
    </message>
    <message>
        <source>Rules and Text</source>
        <translation>Regeln und Text</translation>
    </message>
    <message>
        <source>Treatments</source>
        <translation>Behandlungen</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Notes about the recipe</source>
        <translation>Hinweise zum Rezept</translation>
    </message>
    <message>
        <source>%1 more notes.</source>
        <translation>%1 weitere Hinweise.</translation>
    </message>
</context>
<context>
    <name>app::windows::RecipeText</name>
    <message>
        <source>Go There</source>
        <translation>Hingehen</translation>
    </message>
    <message>
        <source>Bring Back</source>
        <translation>Zurückholen</translation>
    </message>
    <message>
        <source>Recipe as text</source>
        <translation>Rezept als Text</translation>
    </message>
    <message>
        <source>The recipe as it stands in its file; applied after a pause or with Ctrl+Return</source>
        <translation>Das Rezept, wie es in seiner Datei steht; gilt nach einer Pause oder mit Strg+Eingabe</translation>
    </message>
    <message>
        <source>State of the text</source>
        <translation>Zustand des Textes</translation>
    </message>
    <message>
        <source>Move to the place that the sentence is about</source>
        <translation>Zu der Stelle gehen, von der der Satz spricht</translation>
    </message>
    <message>
        <source>Show again what was typed before the recipe was edited elsewhere</source>
        <translation>Wieder zeigen, was getippt war, bevor das Rezept anderswo geändert wurde</translation>
    </message>
    <message>
        <source>The recipe was edited elsewhere before the typed text was one that could be used.</source>
        <translation>Das Rezept wurde anderswo geändert, bevor der getippte Text brauchbar war.</translation>
    </message>
    <message>
        <source>Not applied yet: pause, or press Ctrl+Return.</source>
        <translation>Gilt noch nicht: erst nach einer Pause oder mit Strg+Eingabe.</translation>
    </message>
    <message>
        <source>In step with the recipe.</source>
        <translation>Im Einklang mit dem Rezept.</translation>
    </message>
    <message>
        <source>edit the text</source>
        <translation>den Text bearbeiten</translation>
    </message>
    <message>
        <source>Line %1, column %2: </source>
        <translation>Zeile %1, Spalte %2: </translation>
    </message>
    <message>
        <source>The recipe before stays in force.</source>
        <translation>Das Rezept von vorher bleibt in Kraft.</translation>
    </message>
</context>
<context>
    <name>app::windows::RecoveryDialog</name>
    <message>
        <source>Work to recover</source>
        <translation>Arbeit zum Wiederherstellen</translation>
    </message>
    <message>
        <source>The program ended without being closed. This work was kept:</source>
        <translation>Das Programm endete, ohne geschlossen zu werden. Diese Arbeit wurde aufgehoben:</translation>
    </message>
    <message>
        <source>Work that was kept when the program ended without being closed</source>
        <translation>Arbeit, die aufgehoben wurde, als das Programm endete, ohne geschlossen zu werden</translation>
    </message>
    <message>
        <source>Reading the copy of %1…</source>
        <translation>Die Kopie von %1 wird gelesen…</translation>
    </message>
    <message>
        <source>&amp;Recover</source>
        <translation>&amp;Wiederherstellen</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>&amp;Later</source>
        <translation>&amp;Später</translation>
    </message>
    <message>
        <source>Open the chosen work</source>
        <translation>Die gewählte Arbeit öffnen</translation>
    </message>
    <message>
        <source>Delete the chosen work for good</source>
        <translation>Die gewählte Arbeit endgültig löschen</translation>
    </message>
    <message>
        <source>Ask again at the next start</source>
        <translation>Beim nächsten Start wieder fragen</translation>
    </message>
    <message>
        <source>Work without a name</source>
        <translation>Arbeit ohne Namen</translation>
    </message>
    <message>
        <source>%1 – model %2 – %3</source>
        <translation>%1 – Modell %2 – %3</translation>
    </message>
</context>
<context>
    <name>app::windows::RuleTable</name>
    <message>
        <source>as before</source>
        <translation>wie zuvor</translation>
    </message>
    <message>
        <source>Pattern of the rule</source>
        <translation>Muster der Regel</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Add a rule behind the selected one (Insert)</source>
        <translation>Eine Regel hinter der ausgewählten hinzufügen (Einfg)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Delete the selected rules (Delete)</source>
        <translation>Die ausgewählten Regeln löschen (Entf)</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move the rule up, so that more of the others win over it (Alt+Up)</source>
        <translation>Die Regel nach oben schieben, sodass mehr andere über sie siegen (Alt+Auf)</translation>
    </message>
    <message>
        <source>Down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Move the rule down, so that it wins over more (Alt+Down)</source>
        <translation>Die Regel nach unten schieben, sodass sie über mehr andere siegt (Alt+Ab)</translation>
    </message>
    <message>
        <source>Rules of the recipe; later ones win</source>
        <translation>Regeln des Rezepts; spätere siegen</translation>
    </message>
    <message>
        <source>Later rules win over earlier ones; * stands for any part of one name, ** for any names</source>
        <translation>Spätere Regeln siegen über frühere; * steht für einen beliebigen Teil eines Namens, ** für beliebige Namen</translation>
    </message>
    <message>
        <source>%1 rule</source>
        <translation>%1 Regel</translation>
    </message>
</context>
<context>
    <name>app::windows::SamplingPanel</name>
    <message>
        <source>Read (word:1.2) in prompts</source>
        <translation>(Wort:1.2) in Prompts lesen</translation>
    </message>
    <message>
        <source>After every edit</source>
        <translation>Nach jeder Änderung</translation>
    </message>
    <message>
        <source>Make Pictures</source>
        <translation>Bilder machen</translation>
    </message>
    <message>
        <source>Compare Now</source>
        <translation>Jetzt vergleichen</translation>
    </message>
    <message>
        <source>Stop after This One</source>
        <translation>Nach diesem anhalten</translation>
    </message>
    <message>
        <source>How pictures are made</source>
        <translation>Wie Bilder entstehen</translation>
    </message>
    <message>
        <source>What the picture shows</source>
        <translation>Was das Bild zeigt</translation>
    </message>
    <message>
        <source>What it must not show</source>
        <translation>Was es nicht zeigen darf</translation>
    </message>
    <message>
        <source>What the picture must not show</source>
        <translation>Was das Bild nicht zeigen darf</translation>
    </message>
    <message>
        <source>The noise that the picture begins with</source>
        <translation>Das Rauschen, mit dem das Bild beginnt</translation>
    </message>
    <message>
        <source>Steps of the sampler</source>
        <translation>Schritte des Samplers</translation>
    </message>
    <message>
        <source>How strongly the prompt counts; 1 is without guidance</source>
        <translation>Wie stark der Prompt zählt; 1 ist ohne Guidance</translation>
    </message>
    <message>
        <source>How the noise is taken away</source>
        <translation>Wie das Rauschen weggenommen wird</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>Der des Modells</translation>
    </message>
    <message>
        <source>Take numbers in brackets as weights: (word:1.2), (word) for 1.1, [word] for 0.9</source>
        <translation>Zahlen in Klammern als Gewichte nehmen: (Wort:1.2), (Wort) für 1.1, [Wort] für 0.9</translation>
    </message>
    <message>
        <source>Random</source>
        <translation>Zufall</translation>
    </message>
    <message>
        <source>Random seed</source>
        <translation>Zufälliger Seed</translation>
    </message>
    <message>
        <source>Take a seed by chance</source>
        <translation>Einen Seed durch Zufall nehmen</translation>
    </message>
    <message>
        <source>Make a new pair of pictures after every edit of recipe, prompt or seed</source>
        <translation>Nach jeder Änderung von Rezept, Prompt oder Seed ein neues Bilderpaar machen</translation>
    </message>
    <message>
        <source>Make both pictures</source>
        <translation>Beide Bilder machen</translation>
    </message>
    <message>
        <source>Stop at once, and compare both pictures at the last step that both have</source>
        <translation>Sofort anhalten und beide Bilder am letzten Schritt vergleichen, den beide haben</translation>
    </message>
    <message>
        <source>Finish the picture that is being made, and no more</source>
        <translation>Das Bild, das gerade entsteht, noch fertig machen, sonst keines</translation>
    </message>
    <message>
        <source>&amp;Prompt</source>
        <translation>&amp;Prompt</translation>
    </message>
    <message>
        <source>&amp;Negative</source>
        <translation>&amp;Negativ</translation>
    </message>
    <message>
        <source>See&amp;d</source>
        <translation>See&amp;d</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>Schri&amp;tte</translation>
    </message>
    <message>
        <source>&amp;Guidance</source>
        <translation>&amp;Guidance</translation>
    </message>
    <message>
        <source>Samp&amp;ler</source>
        <translation>Samp&amp;ler</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Negativer Prompt</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guidance</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Sampler</translation>
    </message>
</context>
<context>
    <name>app::windows::SearchFormats</name>
    <message>
        <source>Measure What Is Missing</source>
        <translation>Fehlendes messen</translation>
    </message>
    <message>
        <source>Formats to choose from</source>
        <translation>Formate zur Wahl</translation>
    </message>
    <message>
        <source>Formats that the search may give a block</source>
        <translation>Formate, die die Suche einem Block geben darf</translation>
    </message>
    <message>
        <source>Add a format</source>
        <translation>Ein Format hinzufügen</translation>
    </message>
    <message>
        <source>another format, such as w4g64a8</source>
        <translation>ein weiteres Format, etwa w4g64a8</translation>
    </message>
    <message>
        <source>Enter adds the format to the list</source>
        <translation>Eingabe fügt das Format der Liste hinzu</translation>
    </message>
    <message>
        <source>Measure the maps that end-to-end predictions for these formats need</source>
        <translation>Die Karten messen, die Vorhersagen von Anfang bis Ende für diese Formate brauchen</translation>
    </message>
    <message>
        <source>%1, measured</source>
        <translation>%1, gemessen</translation>
    </message>
    <message>
        <source>The map that end-to-end predictions rest on is there</source>
        <translation>Die Karte, auf der Vorhersagen von Anfang bis Ende beruhen, ist da</translation>
    </message>
    <message>
        <source>The map that end-to-end predictions rest on is not measured yet</source>
        <translation>Die Karte, auf der Vorhersagen von Anfang bis Ende beruhen, ist noch nicht gemessen</translation>
    </message>
</context>
<context>
    <name>app::windows::SearchPane</name>
    <message>
        <source>Steps may differ</source>
        <translation>Schritte dürfen sich unterscheiden</translation>
    </message>
    <message>
        <source>Lock Selected Blocks</source>
        <translation>Ausgewählte Blöcke sperren</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Anwenden</translation>
    </message>
    <message>
        <source>Measure and Repair</source>
        <translation>Messen und nachbessern</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>Activations may have other formats in the first, middle and last third of the steps; weights stay the same</source>
        <translation>Aktivierungen dürfen im ersten, mittleren und letzten Drittel der Schritte andere Formate haben; Gewichte bleiben gleich</translation>
    </message>
    <message>
        <source>Locked blocks</source>
        <translation>Gesperrte Blöcke</translation>
    </message>
    <message>
        <source>Keep the blocks that are selected in the table at their present format</source>
        <translation>Die in der Tabelle ausgewählten Blöcke bei ihrem jetzigen Format lassen</translation>
    </message>
    <message>
        <source>Let the search choose the formats of the marked blocks again</source>
        <translation>Die Suche darf die Formate der markierten Blöcke wieder wählen</translation>
    </message>
    <message>
        <source>What is in the way</source>
        <translation>Was im Weg ist</translation>
    </message>
    <message>
        <source>Formats of the found recipe and why</source>
        <translation>Formate des gefundenen Rezepts und warum</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Make it the recipe; Undo takes it back</source>
        <translation>Zum Rezept machen; Rückgängig nimmt es zurück</translation>
    </message>
    <message>
        <source>Run the found recipe to the end, compare, and raise precisions until an SQNR holds</source>
        <translation>Das gefundene Rezept bis zum Ende rechnen, vergleichen und Präzisionen erhöhen, bis ein SQNR gehalten wird</translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <translation>%1 bei %2</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Misst…</translation>
    </message>
    <message>
        <source>Working out what can be had with these maps, formats and locks…</source>
        <translation>Es wird ausgerechnet, was mit diesen Karten, Formaten und Sperren zu haben ist…</translation>
    </message>
</context>
<context>
    <name>app::windows::SearchTargetEditor</name>
    <message>
        <source>Kind of target</source>
        <translation>Art des Ziels</translation>
    </message>
    <message>
        <source>What the recipe has to keep to; everything else is then made as good as it can be</source>
        <translation>Woran sich das Rezept halten muss; alles andere wird dann so gut, wie es geht</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Target, between the ends of what can be had</source>
        <translation>Ziel, zwischen den Grenzen dessen, was zu haben ist</translation>
    </message>
    <message>
        <source>least size</source>
        <translation>geringste Größe</translation>
    </message>
    <message>
        <source>least BOPs</source>
        <translation>wenigste BOPs</translation>
    </message>
    <message>
        <source>What is saved</source>
        <translation>Was gespart wird</translation>
    </message>
    <message>
        <source>What is made small while the SQNR holds</source>
        <translation>Was klein gemacht wird, solange der SQNR gehalten wird</translation>
    </message>
    <message>
        <source>SQNR at least</source>
        <translation>SQNR mindestens</translation>
    </message>
    <message>
        <source>Size at most</source>
        <translation>Größe höchstens</translation>
    </message>
    <message>
        <source>BOPs at most</source>
        <translation>BOPs höchstens</translation>
    </message>
    <message>
        <source>Mean bits at most</source>
        <translation>Mittlere Bits höchstens</translation>
    </message>
    <message>
        <source>UNet step at most</source>
        <translation>UNet-Schritt höchstens</translation>
    </message>
    <message>
        <source>least time</source>
        <translation>wenigste Zeit</translation>
    </message>
</context>
<context>
    <name>app::windows::SessionFiles</name>
    <message>
        <source>Work cannot be kept for recovery now: %1</source>
        <translation>Arbeit kann jetzt nicht zum Wiederherstellen aufgehoben werden: %1</translation>
    </message>
    <message>
        <source>Work is kept for recovery again.</source>
        <translation>Arbeit wird wieder zum Wiederherstellen aufgehoben.</translation>
    </message>
    <message>
        <source>Where is this file?</source>
        <translation>Wo ist diese Datei?</translation>
    </message>
    <message>
        <source>The session needs %1, which is not there any more, and not beside the session either.</source>
        <translation>Die Sitzung braucht %1. Es ist nicht mehr da und auch nicht neben der Sitzung.</translation>
    </message>
    <message>
        <source>&amp;Locate…</source>
        <translation>&amp;Zeigen…</translation>
    </message>
    <message>
        <source>Where is %1?</source>
        <translation>Wo ist %1?</translation>
    </message>
    <message>
        <source>The model has changed</source>
        <translation>Das Modell hat sich geändert</translation>
    </message>
    <message>
        <source>The model %1 is not the one that the session was saved with: its fingerprint is another one. What the session holds was measured with the former model.</source>
        <translation>Das Modell %1 ist nicht das, mit dem die Sitzung gespeichert wurde: Sein Fingerabdruck ist ein anderer. Was die Sitzung enthält, wurde mit dem früheren Modell gemessen.</translation>
    </message>
    <message>
        <source>&amp;Measure Anew</source>
        <translation>&amp;Neu messen</translation>
    </message>
    <message>
        <source>&amp;Keep Old Maps for Comparison</source>
        <translation>&amp;Alte Karten zum Vergleich behalten</translation>
    </message>
    <message>
        <source>The maps of the former model are kept as %1.</source>
        <translation>Die Karten des früheren Modells werden als %1 behalten.</translation>
    </message>
    <message>
        <source>Recovered the work of %1</source>
        <translation>Arbeit von %1 wiederhergestellt</translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation>%1 geöffnet</translation>
    </message>
    <message>
        <source>Save the session</source>
        <translation>Die Sitzung speichern</translation>
    </message>
    <message>
        <source>Sessions (*.noisefloor)</source>
        <translation>Sitzungen (*.noisefloor)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>%1 gespeichert</translation>
    </message>
    <message>
        <source>The session is not saved</source>
        <translation>Die Sitzung ist nicht gespeichert</translation>
    </message>
    <message>
        <source>&amp;Save Elsewhere…</source>
        <translation>&amp;Anderswo speichern…</translation>
    </message>
    <message>
        <source>The model was opened again.</source>
        <translation>Das Modell wurde erneut geöffnet.</translation>
    </message>
    <message>
        <source>A copy of this session is there</source>
        <translation>Es gibt eine Kopie dieser Sitzung</translation>
    </message>
    <message>
        <source>%1 A copy of the session was kept for recovery on %2.</source>
        <translation>%1 Eine Kopie der Sitzung wurde am %2 zum Wiederherstellen aufgehoben.</translation>
    </message>
    <message>
        <source>&amp;Open the Copy</source>
        <translation>&amp;Kopie öffnen</translation>
    </message>
    <message>
        <source>The file has changed</source>
        <translation>Die Datei hat sich geändert</translation>
    </message>
    <message>
        <source>%1 was written by another program since it was read or saved here. Saving replaces what that program wrote.</source>
        <translation>%1 wurde von einem anderen Programm geschrieben, seit sie hier gelesen oder gespeichert wurde. Speichern ersetzt, was jenes Programm geschrieben hat.</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>&amp;Ersetzen</translation>
    </message>
</context>
<context>
    <name>app::windows::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>What is wrong</source>
        <translation>Was nicht stimmt</translation>
    </message>
    <message>
        <source>Give every setting the value it came with</source>
        <translation>Jeder Einstellung ihren ursprünglichen Wert geben</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>&amp;Allgemein</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Thema</translation>
    </message>
    <message>
        <source>Colours of the window and of everything in it</source>
        <translation>Farben des Fensters und von allem darin</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>Of all texts; holds from the next start</source>
        <translation>Aller Texte; gilt ab dem nächsten Start</translation>
    </message>
    <message>
        <source>Ask to &amp;save changes</source>
        <translation>&amp;Nach dem Speichern von Änderungen fragen</translation>
    </message>
    <message>
        <source>Before a recipe that was changed and not saved is closed</source>
        <translation>Bevor ein geändertes, nicht gespeichertes Rezept geschlossen wird</translation>
    </message>
    <message>
        <source>&amp;Measuring</source>
        <translation>&amp;Messen</translation>
    </message>
    <message>
        <source>Formats measured at &amp;once</source>
        <translation>S&amp;ofort gemessene Formate</translation>
    </message>
    <message>
        <source>Of every model that is opened, such as w8a8,w4a8; others are measured when they are needed</source>
        <translation>Von jedem geöffneten Modell, etwa w8a8,w4a8; andere werden gemessen, wenn sie gebraucht werden</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>Schri&amp;tte</translation>
    </message>
    <message>
        <source>Sampling steps of a model that is opened next; the pictures&apos; pane can change them</source>
        <translation>Schritte des Samplings für das nächste geöffnete Modell; im Bereich der Bilder lassen sie sich ändern</translation>
    </message>
    <message>
        <source>Formats to &amp;choose from</source>
        <translation>Formate zur &amp;Wahl</translation>
    </message>
    <message>
        <source>What a search for a recipe may use from the next start on</source>
        <translation>Was eine Suche nach einem Rezept ab dem nächsten Start benutzen darf</translation>
    </message>
    <message>
        <source>&amp;Make pictures by themselves</source>
        <translation>&amp;Bilder von selbst machen</translation>
    </message>
    <message>
        <source>After every change of the recipe or the prompt</source>
        <translation>Nach jeder Änderung des Rezepts oder des Prompts</translation>
    </message>
    <message>
        <source>M&amp;achine</source>
        <translation>&amp;Rechner</translation>
    </message>
    <message>
        <source>T&amp;hreads</source>
        <translation>T&amp;hreads</translation>
    </message>
    <message>
        <source>That compute; holds from the next start</source>
        <translation>Die rechnen; gilt ab dem nächsten Start</translation>
    </message>
    <message>
        <source>all free cores</source>
        <translation>alle freien Kerne</translation>
    </message>
    <message>
        <source>&amp;Kept measurements</source>
        <translation>Auf&amp;gehobene Messungen</translation>
    </message>
    <message>
        <source>Most room on the disk for measurements; those used longest ago go first</source>
        <translation>Größter Platz auf der Platte für Messungen; die am längsten nicht gebrauchten gehen zuerst</translation>
    </message>
    <message>
        <source> MiB</source>
        <translation> MiB</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Folder of kept measurements</source>
        <translation>Ordner der aufgehobenen Messungen</translation>
    </message>
    <message>
        <source>In the folder</source>
        <translation>Im Ordner</translation>
    </message>
    <message>
        <source>Present size</source>
        <translation>Jetzige Größe</translation>
    </message>
    <message>
        <source>&amp;Forget Kept Measurements</source>
        <translation>Aufgehobene Messungen &amp;vergessen</translation>
    </message>
    <message>
        <source>Delete them; models are measured anew when they are opened next</source>
        <translation>Sie löschen; Modelle werden beim nächsten Öffnen neu gemessen</translation>
    </message>
    <message>
        <source>&amp;Notify of jobs longer than</source>
        <translation>&amp;Mitteilen ab einer Dauer von</translation>
    </message>
    <message>
        <source>When they end while another program&apos;s window is in use</source>
        <translation>Wenn Arbeit endet, während das Fenster eines anderen Programms benutzt wird</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
</context>
<context>
    <name>app::windows::ShortcutEditor</name>
    <message>
        <source>&amp;Assign</source>
        <translation>&amp;Zuweisen</translation>
    </message>
    <message>
        <source>Give the command these keys</source>
        <translation>Dem Befehl diese Tasten geben</translation>
    </message>
    <message>
        <source>&amp;No Keys</source>
        <translation>&amp;Keine Tasten</translation>
    </message>
    <message>
        <source>Take the keys away from the command</source>
        <translation>Dem Befehl die Tasten wegnehmen</translation>
    </message>
    <message>
        <source>&amp;Standard</source>
        <translation>&amp;Ursprüngliche</translation>
    </message>
    <message>
        <source>Give the command the keys it came with</source>
        <translation>Dem Befehl seine ursprünglichen Tasten geben</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Filter by text or keys</source>
        <translation>Nach Text oder Tasten filtern</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Show only commands whose text or keys hold this</source>
        <translation>Nur Befehle zeigen, deren Text oder Tasten dies enthalten</translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation>Befehle und ihre Tasten</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Standard keys</source>
        <translation>Ursprüngliche Tasten</translation>
    </message>
    <message>
        <source>Who has these keys</source>
        <translation>Wem diese Tasten gehören</translation>
    </message>
    <message>
        <source>Standard for A&amp;ll</source>
        <translation>Ursprüngliche für a&amp;lle</translation>
    </message>
    <message>
        <source>Give every command the keys it came with</source>
        <translation>Jedem Befehl seine ursprünglichen Tasten geben</translation>
    </message>
    <message>
        <source>New &amp;keys</source>
        <translation>Neue &amp;Tasten</translation>
    </message>
    <message>
        <source>New keys</source>
        <translation>Neue Tasten</translation>
    </message>
    <message>
        <source>Press the keys that shall run the selected command</source>
        <translation>Die Tasten drücken, die den ausgewählten Befehl ausführen sollen</translation>
    </message>
    <message>
        <source>&amp;Assign Anyway</source>
        <translation>&amp;Trotzdem zuweisen</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”, which will have no keys then.</source>
        <translation>%1 gehört zu „%2“; dieser Befehl hat dann keine Tasten mehr.</translation>
    </message>
    <message>
        <source>Select a command, press the new keys, and assign them.</source>
        <translation>Einen Befehl auswählen, die neuen Tasten drücken und zuweisen.</translation>
    </message>
</context>
<context>
    <name>app::windows::StartPage</name>
    <message>
        <source>Which parts of a latent diffusion model may run in few bits, which may not,
and what does that do to the pictures?</source>
        <translation>Welche Teile eines Latent-Diffusion-Modells dürfen mit wenigen Bits rechnen,
welche nicht, und was macht das mit den Bildern?</translation>
    </message>
    <message>
        <source>Start with the embedded model</source>
        <translation>Mit dem eingebauten Modell beginnen</translation>
    </message>
    <message>
        <source>Recent files</source>
        <translation>Letzte Dateien</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Open a model folder…</source>
        <translation>Einen Modellordner öffnen…</translation>
    </message>
    <message>
        <source>A folder in diffusers layout</source>
        <translation>Ein Ordner im Format von diffusers</translation>
    </message>
    <message>
        <source>Open a checkpoint file…</source>
        <translation>Eine Checkpoint-Datei öffnen…</translation>
    </message>
    <message>
        <source>A .safetensors checkpoint or a .gguf file</source>
        <translation>Ein Checkpoint (.safetensors) oder eine .gguf-Datei</translation>
    </message>
    <message>
        <source>Small text-to-image model that comes with the program</source>
        <translation>Kleines Text-zu-Bild-Modell, das zum Programm gehört</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>Noch keine</translation>
    </message>
    <message>
        <source>Drop a model, a session, a recipe or an analysis here</source>
        <translation>Modell, Sitzung, Rezept oder Analyse hierher ziehen</translation>
    </message>
    <message>
        <source>Open a session…</source>
        <translation>Eine Sitzung öffnen…</translation>
    </message>
    <message>
        <source>Work as it was saved, a .noisefloor file</source>
        <translation>Arbeit, wie sie gespeichert wurde, eine .noisefloor-Datei</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Take %1 off the list</source>
        <translation>%1 aus der Liste nehmen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+P finds every command by its name, F1 opens the guide.</source>
        <translation>Strg+Umschalt+P findet jeden Befehl bei seinem Namen, F1 öffnet die Anleitung.</translation>
    </message>
</context>
<context>
    <name>app::windows::Tour</name>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>&amp;End the Tour</source>
        <translation>Rundgang &amp;beenden</translation>
    </message>
    <message>
        <source>It can be seen again from the Help menu</source>
        <translation>Aus dem Menü Hilfe lässt er sich wieder ansehen</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>&amp;Done</source>
        <translation>&amp;Fertig</translation>
    </message>
</context>
<context>
    <name>app::windows::TreatmentsEditor</name>
    <message>
        <source>search for the best</source>
        <translation>das beste suchen</translation>
    </message>
    <message>
        <source>Ranges of their own for both halves of skip connections</source>
        <translation>Eigene Bereiche für beide Hälften der Skip-Verbindungen</translation>
    </message>
    <message>
        <source>Time embedding as an exact table, a row for each step</source>
        <translation>Zeiteinbettung als exakte Tabelle, eine Zeile je Schritt</translation>
    </message>
    <message>
        <source>Error feedback</source>
        <translation>Fehlerrückführung</translation>
    </message>
    <message>
        <source>Round 4-bit weights one after the other, each making up for the errors before (GPTQ)</source>
        <translation>Gewichte mit 4 Bit nacheinander runden, wobei jedes die Fehler der vorigen ausgleicht (GPTQ)</translation>
    </message>
    <message>
        <source>What comes from the way down and what comes from below differ much in size; each gets its own range</source>
        <translation>Was vom Weg hinab und was von unten kommt, ist sehr verschieden groß; jedes bekommt seinen eigenen Bereich</translation>
    </message>
    <message>
        <source>Layers that see the step alone are computed in full precision and kept as a table</source>
        <translation>Schichten, die nur den Schritt sehen, werden in voller Präzision gerechnet und als Tabelle behalten</translation>
    </message>
    <message>
        <source>split skips</source>
        <translation>geteilte Skips</translation>
    </message>
    <message>
        <source>table of the time embedding</source>
        <translation>Tabelle der Zeiteinbettung</translation>
    </message>
    <message>
        <source>%1: layers</source>
        <translation>%1: Schichten</translation>
    </message>
    <message>
        <source>Patterns of layers or blocks, with commas between them; * stands for any part of a name, ** for any names</source>
        <translation>Muster von Schichten oder Blöcken, durch Kommas getrennt; * steht für einen beliebigen Teil eines Namens, ** für beliebige Namen</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>Move the range of inputs into the weights, channel by channel (SmoothQuant)</source>
        <translation>Den Bereich der Eingänge Kanal für Kanal in die Gewichte schieben (SmoothQuant)</translation>
    </message>
    <message>
        <source>; “pattern = 0.4” gives these layers an alpha of their own</source>
        <translation>; „Muster = 0.4“ gibt diesen Schichten ein eigenes Alpha</translation>
    </message>
    <message>
        <source>Alpha of smoothing</source>
        <translation>Alpha der Glättung</translation>
    </message>
    <message>
        <source>How much of the range moves: 0 none, 1 all of it</source>
        <translation>Wie viel vom Bereich verschoben wird: 0 nichts, 1 alles</translation>
    </message>
    <message>
        <source>Search for alpha</source>
        <translation>Alpha suchen</translation>
    </message>
    <message>
        <source>Each layer gets the alpha of least error at its own output</source>
        <translation>Jede Schicht bekommt das Alpha mit dem kleinsten Fehler an ihrem eigenen Ausgang</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Niedriger Rang</translation>
    </message>
    <message>
        <source>Keep the largest directions of the weights in fp16 beside the quantized rest (SVDQuant)</source>
        <translation>Die größten Richtungen der Gewichte in fp16 neben dem quantisierten Rest behalten (SVDQuant)</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>How many directions are kept</source>
        <translation>Wie viele Richtungen behalten werden</translation>
    </message>
    <message>
        <source>low rank</source>
        <translation>niedriger Rang</translation>
    </message>
    <message>
        <source>Calibration of activations</source>
        <translation>Kalibrierung der Aktivierungen</translation>
    </message>
    <message>
        <source>all steps</source>
        <translation>alle Schritte</translation>
    </message>
    <message>
        <source>first step</source>
        <translation>erster Schritt</translation>
    </message>
    <message>
        <source>smallest and largest value</source>
        <translation>kleinster und größter Wert</translation>
    </message>
    <message>
        <source>percentile</source>
        <translation>Perzentil</translation>
    </message>
    <message>
        <source>least squared error</source>
        <translation>kleinster quadratischer Fehler</translation>
    </message>
    <message>
        <source>Prompts of the calibration</source>
        <translation>Prompts der Kalibrierung</translation>
    </message>
    <message>
        <source>A file with one prompt a line</source>
        <translation>Eine Datei mit einem Prompt je Zeile</translation>
    </message>
    <message>
        <source>Steps of the calibration</source>
        <translation>Schritte der Kalibrierung</translation>
    </message>
    <message>
        <source>Sampling steps that ranges are taken from</source>
        <translation>Schritte des Samplings, aus denen Bereiche genommen werden</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>How a range is made of the values that were seen</source>
        <translation>Wie aus den gesehenen Werten ein Bereich wird</translation>
    </message>
    <message>
        <source>Percentile</source>
        <translation>Perzentil</translation>
    </message>
    <message>
        <source>Share of the values that stays inside the range</source>
        <translation>Anteil der Werte, der im Bereich bleibt</translation>
    </message>
    <message>
        <source>Intervals of time</source>
        <translation>Abschnitte der Zeit</translation>
    </message>
    <message>
        <source>Ranges of their own for so many equal parts of the timesteps</source>
        <translation>Eigene Bereiche für so viele gleiche Teile der Zeitschritte</translation>
    </message>
    <message>
        <source>Saved ranges</source>
        <translation>Gespeicherte Bereiche</translation>
    </message>
    <message>
        <source>A file of ranges that is used in place of a run; may be empty</source>
        <translation>Eine Datei mit Bereichen, die statt eines Laufs benutzt wird; darf leer sein</translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation>Prompts</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Intervals</source>
        <translation>Abschnitte</translation>
    </message>
    <message>
        <source>calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>matches %1 of %2 layers</source>
        <translation>trifft auf %1 von %2 Schichten</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>change %1</source>
        <translation>%1 ändern</translation>
    </message>
    <message>
        <source>“%1” has no alpha between 0 and 1 behind its sign; correct it.</source>
        <translation>„%1“ hat hinter dem Gleichheitszeichen kein Alpha zwischen 0 und 1; es muss berichtigt werden.</translation>
    </message>
</context>
<context>
    <name>app::windows::VerifyDialog</name>
    <message>
        <source>F&amp;ile…</source>
        <translation>&amp;Datei…</translation>
    </message>
    <message>
        <source>F&amp;older…</source>
        <translation>&amp;Ordner…</translation>
    </message>
    <message>
        <source>Compare with the &amp;present recipe</source>
        <translation>Mit dem &amp;jetzigen Rezept vergleichen</translation>
    </message>
    <message>
        <source>&amp;Verify</source>
        <translation>&amp;Prüfen</translation>
    </message>
    <message>
        <source>Verify an export</source>
        <translation>Einen Export prüfen</translation>
    </message>
    <message>
        <source>File or folder of the export</source>
        <translation>Datei oder Ordner des Exports</translation>
    </message>
    <message>
        <source>What was exported, or any file or folder of that kind</source>
        <translation>Was exportiert wurde, oder eine andere Datei oder ein Ordner dieser Art</translation>
    </message>
    <message>
        <source>Choose the file</source>
        <translation>Datei auswählen</translation>
    </message>
    <message>
        <source>Choose the file of the export</source>
        <translation>Die Datei des Exports auswählen</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Ordner auswählen</translation>
    </message>
    <message>
        <source>Choose the folder of the export</source>
        <translation>Den Ordner des Exports auswählen</translation>
    </message>
    <message>
        <source>Compare with the present recipe</source>
        <translation>Mit dem jetzigen Rezept vergleichen</translation>
    </message>
    <message>
        <source>Without it the recipe that the export carries is used, if it carries one</source>
        <translation>Sonst wird das Rezept genommen, das der Export bei sich hat, wenn er eines hat</translation>
    </message>
    <message>
        <source>Runs of a graph</source>
        <translation>Läufe eines Graphen</translation>
    </message>
    <message>
        <source>How many runs of a graph are compared, spread over the timesteps; other exports are not run</source>
        <translation>Wie viele Läufe eines Graphen verglichen werden, über die Zeitschritte verteilt; andere Exporte laufen nicht</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Compare everything in the export with the present model</source>
        <translation>Alles im Export mit dem jetzigen Modell vergleichen</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Export</translation>
    </message>
    <message>
        <source>&amp;Runs of a graph</source>
        <translation>&amp;Läufe eines Graphen</translation>
    </message>
    <message>
        <source>Choose an export</source>
        <translation>Einen Export auswählen</translation>
    </message>
    <message>
        <source>Exports (*.safetensors *.gguf);;All files (*)</source>
        <translation>Exporte (*.safetensors *.gguf);;Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>app::windows::VerifyReportDialog</name>
    <message>
        <source>Verification of %1</source>
        <translation>Prüfung von %1</translation>
    </message>
    <message>
        <source>%1, tensors: %2</source>
        <translation>%1, Tensoren: %2</translation>
    </message>
    <message>
        <source>The layers that lost most</source>
        <translation>Die Schichten, die am meisten verloren haben</translation>
    </message>
    <message>
        <source>What is stored in which type</source>
        <translation>Was in welchem Typ gespeichert ist</translation>
    </message>
    <message>
        <source>The graph block by block</source>
        <translation>Der Graph Block für Block</translation>
    </message>
    <message>
        <source>Remarks</source>
        <translation>Anmerkungen</translation>
    </message>
    <message>
        <source>%1; Ctrl+C copies the table</source>
        <translation>%1; Strg+C kopiert die Tabelle</translation>
    </message>
    <message>
        <source>Export to %1</source>
        <translation>Export nach %1</translation>
    </message>
</context>
<context>
    <name>widgets</name>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
    <message>
        <source>%1 at t %2</source>
        <translation>%1 bei t %2</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Mean SQNR</source>
        <translation>Mittlerer SQNR</translation>
    </message>
    <message>
        <source>Worst SQNR</source>
        <translation>Schlechtester SQNR</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 GBOPs</source>
        <translation>%1 GBOPs</translation>
    </message>
    <message>
        <source>%1 bits per weight</source>
        <translation>%1 Bit je Gewicht</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 Byte</translation>
    </message>
    <message>
        <source>%1 KiB</source>
        <translation>%1 KiB</translation>
    </message>
    <message>
        <source>%1 MiB</source>
        <translation>%1 MiB</translation>
    </message>
    <message>
        <source>%1 GiB</source>
        <translation>%1 GiB</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>no signal left</source>
        <translation>kein Signal mehr</translation>
    </message>
    <message>
        <source>best recipe</source>
        <translation>bestes Rezept</translation>
    </message>
    <message>
        <source>uniform</source>
        <translation>einheitlich</translation>
    </message>
    <message>
        <source>present recipe</source>
        <translation>jetziges Rezept</translation>
    </message>
    <message>
        <source>found recipe</source>
        <translation>gefundenes Rezept</translation>
    </message>
    <message>
        <source>found recipe, measured</source>
        <translation>gefundenes Rezept, gemessen</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>bits per weight</source>
        <translation>Bit je Gewicht</translation>
    </message>
    <message>
        <source>%1 bits</source>
        <translation>%1 Bit</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>UNet step</source>
        <translation>UNet-Schritt</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>Information</translation>
    </message>
</context>
<context>
    <name>widgets::BlockTable</name>
    <message>
        <source>Filter blocks</source>
        <translation>Blöcke filtern</translation>
    </message>
    <message>
        <source>Filter blocks by name</source>
        <translation>Blöcke nach Namen filtern</translation>
    </message>
    <message>
        <source>Blocks and their precision</source>
        <translation>Blöcke und ihre Präzision</translation>
    </message>
    <message>
        <source>Expand All</source>
        <translation>Alle aufklappen</translation>
    </message>
    <message>
        <source>Collapse All</source>
        <translation>Alle zuklappen</translation>
    </message>
    <message>
        <source>Block table</source>
        <translation>Tabelle der Blöcke</translation>
    </message>
</context>
<context>
    <name>widgets::BlockTreeModel</name>
    <message>
        <source>Mean of the measured decibels over timesteps and blocks</source>
        <translation>Mittel der gemessenen Dezibel über Zeitschritte und Blöcke</translation>
    </message>
    <message>
        <source>Share of the information in a block&apos;s output that is kept, mean over the measured timesteps</source>
        <translation>Erhaltener Anteil der Information im Ausgang eines Blocks, Mittel über die gemessenen Zeitschritte</translation>
    </message>
</context>
<context>
    <name>widgets::BudgetBar</name>
    <message>
        <source>%1 under the target of %2</source>
        <translation>%1 unter dem Ziel von %2</translation>
    </message>
    <message>
        <source>Size %1. BOPs %2. SQNR %3.</source>
        <translation>Größe %1. BOPs %2. SQNR %3.</translation>
    </message>
    <message>
        <source>%1 measured</source>
        <translation>%1 gemessen</translation>
    </message>
    <message>
        <source>not predicted yet</source>
        <translation>noch nicht vorhergesagt</translation>
    </message>
    <message>
        <source>%1 dB predicted</source>
        <translation>%1 dB vorhergesagt</translation>
    </message>
    <message>
        <source>measured %1 above the target of %2</source>
        <translation>gemessen %1 über dem Ziel von %2</translation>
    </message>
    <message>
        <source>measured %1 below the target of %2</source>
        <translation>gemessen %1 unter dem Ziel von %2</translation>
    </message>
    <message>
        <source>predicted %1 above the target of %2</source>
        <translation>vorhergesagt %1 über dem Ziel von %2</translation>
    </message>
    <message>
        <source>predicted %1 below the target of %2</source>
        <translation>vorhergesagt %1 unter dem Ziel von %2</translation>
    </message>
    <message>
        <source>%1 over the target of %2</source>
        <translation>%1 über dem Ziel von %2</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>BOPs</source>
        <translation>BOPs</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>Budget of the recipe</source>
        <translation>Budget des Rezepts</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>kein Modell</translation>
    </message>
    <message>
        <source>%1, %2 of fp32</source>
        <translation>%1, %2 von fp32</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>%1 of fp32</source>
        <translation>%1 von fp32</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>UNet step %1.</source>
        <translation>UNet-Schritt %1.</translation>
    </message>
    <message>
        <source>Size of all weights with their scales. BOPs: sum over the layers of multiplications x weight bits x activation bits. SQNR: predicted from the maps, higher is better; end to end means of the latent after the last step. Step: one run of the UNet, as measured layer by layer on this machine. Click to change the target.</source>
        <translation>Größe aller Gewichte mit ihren Skalen. BOPs: Summe über die Schichten aus Multiplikationen x Bits der Gewichte x Bits der Aktivierungen. SQNR: aus den Karten vorhergesagt, höher ist besser; von Anfang bis Ende heißt am Latent nach dem letzten Schritt. Schritt: ein Lauf des UNet, Schicht für Schicht auf diesem Rechner gemessen. Ein Klick ändert das Ziel.</translation>
    </message>
    <message>
        <source>not measured for these formats</source>
        <translation>für diese Formate nicht gemessen</translation>
    </message>
</context>
<context>
    <name>widgets::ComparisonTools</name>
    <message>
        <source>Side by Side</source>
        <translation>Nebeneinander</translation>
    </message>
    <message>
        <source>Both pictures beside each other</source>
        <translation>Beide Bilder nebeneinander</translation>
    </message>
    <message>
        <source>Left | Right</source>
        <translation>Links | rechts</translation>
    </message>
    <message>
        <source>One pane: full precision left of a line, the quantized picture right of it (S)</source>
        <translation>Ein Feld: volle Präzision links einer Linie, das quantisierte Bild rechts davon (S)</translation>
    </message>
    <message>
        <source>Above / Below</source>
        <translation>Oben / unten</translation>
    </message>
    <message>
        <source>One pane: full precision above a line, the quantized picture below it (S)</source>
        <translation>Ein Feld: volle Präzision über einer Linie, das quantisierte Bild darunter (S)</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>What differs, amplified (D)</source>
        <translation>Was sich unterscheidet, verstärkt (D)</translation>
    </message>
    <message>
        <source>Blink</source>
        <translation>Blinken</translation>
    </message>
    <message>
        <source>Blink between the pictures</source>
        <translation>Zwischen den Bildern blinken</translation>
    </message>
    <message>
        <source>Full precision and the quantized picture by turns (B); hold Space to see the former</source>
        <translation>Volle Präzision und das quantisierte Bild abwechselnd (B); die Leertaste zeigt das erste, solange sie gehalten wird</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Link zoom and position of both pictures</source>
        <translation>Vergrößerung und Ort beider Bilder verbinden</translation>
    </message>
    <message>
        <source>Move both pictures together; what they were apart stays. Alt releases it while held</source>
        <translation>Beide Bilder zusammen bewegen; ihr Abstand bleibt. Alt löst sie, solange es gehalten wird</translation>
    </message>
    <message>
        <source>Signed</source>
        <translation>Mit Vorzeichen</translation>
    </message>
    <message>
        <source>Absolute</source>
        <translation>Betrag</translation>
    </message>
    <message>
        <source>Kind of difference</source>
        <translation>Art der Differenz</translation>
    </message>
    <message>
        <source>Which of the pictures is brighter, or only how far they are apart</source>
        <translation>Welches der Bilder heller ist oder nur, wie weit sie auseinanderliegen</translation>
    </message>
    <message>
        <source>×</source>
        <comment>how many times a difference is amplified</comment>
        <translation>×</translation>
    </message>
    <message>
        <source>Gain of the difference</source>
        <translation>Verstärkung der Differenz</translation>
    </message>
    <message>
        <source>How many times differences are amplified; [ and ] halve and double it</source>
        <translation>Wie vielfach Unterschiede verstärkt werden; [ und ] halbieren und verdoppeln</translation>
    </message>
    <message>
        <source>over </source>
        <comment>tolerance of a difference in levels</comment>
        <translation>über </translation>
    </message>
    <message>
        <source>Tolerance of the difference</source>
        <translation>Toleranz der Differenz</translation>
    </message>
    <message>
        <source>Differences up to so many levels of 255 count as equal and are grey</source>
        <translation>Unterschiede bis zu so vielen Stufen von 255 zählen als gleich und sind grau</translation>
    </message>
    <message>
        <source>How the pictures are compared</source>
        <translation>Wie die Bilder verglichen werden</translation>
    </message>
    <message>
        <source>What salience shows</source>
        <translation>Was die Salienz zeigt</translation>
    </message>
    <message>
        <source>Salience</source>
        <translation>Salienz</translation>
    </message>
    <message>
        <source>Show what the pictures are recognised by</source>
        <translation>Zeigen, woran die Bilder erkannt werden</translation>
    </message>
    <message>
        <source>Colour the pixels that the evaluator recognises the pictures by (H)</source>
        <translation>Die Pixel färben, an denen der Bewerter die Bilder erkennt (H)</translation>
    </message>
    <message>
        <source>No salience: the evaluator knows only finished pictures of emoji-ldm&apos;s kind</source>
        <translation>Keine Salienz: Der Bewerter kennt nur fertige Bilder von der Art von emoji-ldm</translation>
    </message>
    <message>
        <source>Coloured: what makes the evaluator see what it takes full precision for, from dark for a little to bright for most</source>
        <translation>Farbig: was den Bewerter sehen lässt, wofür er die volle Präzision hält, von dunkel für wenig bis hell für das meiste</translation>
    </message>
</context>
<context>
    <name>widgets::ComparisonView</name>
    <message>
        <source>%1 picture</source>
        <translation>Bild %1</translation>
    </message>
    <message>
        <source>%1 pixel under the mouse</source>
        <translation>%1: Pixel unter der Maus</translation>
    </message>
    <message>
        <source>Full precision</source>
        <translation>Volle Präzision</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>Quantisiert</translation>
    </message>
    <message>
        <source>Both pictures</source>
        <translation>Beide Bilder</translation>
    </message>
    <message>
        <source>Wheel or + - zooms, drag or arrow keys pan, 0 is 100 %, F fits, Alt moves only this picture, Space shows full precision, a click or Enter keeps a pixel in view</source>
        <translation>Rad oder + - vergrößert, Ziehen oder Pfeiltasten verschieben, 0 ist 100 %, F passt ein, Alt bewegt nur dieses Bild, Leertaste zeigt volle Präzision, Klick oder Eingabe hält einen Pixel im Blick</translation>
    </message>
    <message>
        <source>Difference under the mouse</source>
        <translation>Differenz unter der Maus</translation>
    </message>
    <message>
        <source>Difference of the pictures</source>
        <translation>Differenz der Bilder</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößerung</translation>
    </message>
    <message>
        <source>Above: %1</source>
        <translation>Oben: %1</translation>
    </message>
    <message>
        <source>Below: %1</source>
        <translation>Unten: %1</translation>
    </message>
    <message>
        <source>Picture comparison</source>
        <translation>Bildvergleich</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>kein Bild</translation>
    </message>
    <message>
        <source>difference %1</source>
        <translation>Differenz %1</translation>
    </message>
    <message>
        <source>%1, salience %2</source>
        <translation>%1, Salienz %2</translation>
    </message>
</context>
<context>
    <name>widgets::DifferenceLegend</name>
    <message>
        <source>Key of the difference</source>
        <translation>Legende der Differenz</translation>
    </message>
    <message>
        <source>Of the channel that differs most, in levels of 0 to 255.</source>
        <translation>Des Kanals, der sich am meisten unterscheidet, in Stufen von 0 bis 255.</translation>
    </message>
    <message>
        <source>grey: equal</source>
        <translation>grau: gleich</translation>
    </message>
    <message>
        <source>grey: within %1</source>
        <translation>grau: innerhalb von %1</translation>
    </message>
    <message>
        <source>%1; %2 % of the pixels differ, by %3 at most</source>
        <translation>%1; %2 % der Pixel unterscheiden sich, höchstens um %3</translation>
    </message>
    <message>
        <source>%1 to %2 levels of 255; %3</source>
        <translation>%1 bis %2 Stufen von 255; %3</translation>
    </message>
    <message>
        <source>%1 levels</source>
        <translation>%1 Stufen</translation>
    </message>
    <message>
        <source>Of the channel that differs most, in levels of 0 to 255. Blue: full precision is brighter; orange: the quantized picture is.</source>
        <translation>Des Kanals, der sich am meisten unterscheidet, in Stufen von 0 bis 255. Blau: Volle Präzision ist heller; orange: das quantisierte Bild.</translation>
    </message>
</context>
<context>
    <name>widgets::FilmStrip</name>
    <message>
        <source>equal</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Steps of both pictures</source>
        <translation>Schritte beider Bilder</translation>
    </message>
    <message>
        <source>Full precision and the quantized picture after every step, and how far their latents are apart; choosing a step shows its pair</source>
        <translation>Volle Präzision und das quantisierte Bild nach jedem Schritt und wie weit ihre Latents auseinander sind; ein gewählter Schritt zeigt sein Paar</translation>
    </message>
    <message>
        <source>%1 % apart</source>
        <translation>%1 % auseinander</translation>
    </message>
</context>
<context>
    <name>widgets::FormatDelegate</name>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapKey</name>
    <message>
        <source>at the noise floor</source>
        <translation>am Grundrauschen</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>lower here</source>
        <translation>hier niedriger</translation>
    </message>
    <message>
        <source>both at the noise floor</source>
        <translation>beide am Grundrauschen</translation>
    </message>
    <message>
        <source>exact in one alone</source>
        <translation>nur in einer exakt</translation>
    </message>
    <message>
        <source>not in both</source>
        <translation>nicht in beiden</translation>
    </message>
    <message>
        <source>Key of the patterned cells</source>
        <translation>Legende der gemusterten Zellen</translation>
    </message>
    <message>
        <source>cannot be told</source>
        <translation>nicht bestimmbar</translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapPlot</name>
    <message>
        <source>SQNR heatmap, blocks by timesteps</source>
        <translation>SQNR-Karte, Blöcke mal Zeitschritte</translation>
    </message>
    <message>
        <source>%1: not measured</source>
        <translation>%1: nicht gemessen</translation>
    </message>
    <message>
        <source>%1: %2 (%3)</source>
        <translation>%1: %2 (%3)</translation>
    </message>
    <message>
        <source>at t %1</source>
        <translation>bei t %1</translation>
    </message>
    <message>
        <source>t %1</source>
        <translation>t %1</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>in %1</translation>
    </message>
    <message>
        <source>Mean of each row; click to sort by it</source>
        <translation>Mittel jeder Zeile; ein Klick sortiert danach</translation>
    </message>
    <message>
        <source>Worst of each row; click to sort by it</source>
        <translation>Schlechtester Wert jeder Zeile; ein Klick sortiert danach</translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapTable</name>
    <message>
        <source>%1 floor</source>
        <translation>%1 Grundrauschen</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>t %1: %2</source>
        <translation>t %1: %2</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>worst</source>
        <translation>tiefster</translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapWidget</name>
    <message>
        <source>SQNR heatmap</source>
        <translation>SQNR-Karte</translation>
    </message>
    <message>
        <source>Show the numbers as a table</source>
        <translation>Die Zahlen als Tabelle zeigen</translation>
    </message>
    <message>
        <source>Show the numbers of the map as a table; Ctrl+C copies them</source>
        <translation>Die Zahlen der Karte als Tabelle zeigen; Strg+C kopiert sie</translation>
    </message>
    <message>
        <source>Nothing measured yet</source>
        <translation>Noch nichts gemessen</translation>
    </message>
    <message>
        <source>Value of the cell</source>
        <translation>Wert der Zelle</translation>
    </message>
    <message>
        <source>SQNR in dB, blocks by timesteps</source>
        <translation>SQNR in dB, Blöcke mal Zeitschritte</translation>
    </message>
    <message>
        <source>Click to sort by it, again to turn the order round</source>
        <translation>Ein Klick sortiert danach, ein weiterer kehrt die Reihenfolge um</translation>
    </message>
</context>
<context>
    <name>widgets::HistogramCanvas</name>
    <message>
        <source>values</source>
        <translation>Werte</translation>
    </message>
</context>
<context>
    <name>widgets::HistogramPlot</name>
    <message>
        <source>Show the histogram as a table</source>
        <translation>Das Histogramm als Tabelle zeigen</translation>
    </message>
    <message>
        <source>Show the histogram as a table; Ctrl+C copies it</source>
        <translation>Das Histogramm als Tabelle zeigen; Strg+C kopiert es</translation>
    </message>
    <message>
        <source>Nothing counted yet</source>
        <translation>Noch nichts gezählt</translation>
    </message>
    <message>
        <source>Values in the bin</source>
        <translation>Werte im Intervall</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Log</translation>
    </message>
    <message>
        <source>Logarithmic counts</source>
        <translation>Logarithmische Anzahlen</translation>
    </message>
    <message>
        <source>Count on a logarithmic scale, on which single values far out can be seen</source>
        <translation>Auf logarithmischer Skala zählen, auf der einzelne weit entfernte Werte zu sehen sind</translation>
    </message>
</context>
<context>
    <name>widgets::LinePlot</name>
    <message>
        <source>Show the lines as a table</source>
        <translation>Die Linien als Tabelle zeigen</translation>
    </message>
    <message>
        <source>Show the lines as a table; Ctrl+C copies it</source>
        <translation>Die Linien als Tabelle zeigen; Strg+C kopiert sie</translation>
    </message>
    <message>
        <source>Nothing measured yet</source>
        <translation>Noch nichts gemessen</translation>
    </message>
    <message>
        <source>Values at the place</source>
        <translation>Werte an der Stelle</translation>
    </message>
</context>
<context>
    <name>widgets::ParetoCanvas</name>
    <message>
        <source>Cost against SQNR</source>
        <translation>Kosten gegen SQNR</translation>
    </message>
    <message>
        <source>SQNR in dB</source>
        <translation>SQNR in dB</translation>
    </message>
    <message>
        <source>%1 in %2</source>
        <translation>%1 in %2</translation>
    </message>
</context>
<context>
    <name>widgets::ParetoPlot</name>
    <message>
        <source>Cost against quality</source>
        <translation>Kosten gegen Güte</translation>
    </message>
    <message>
        <source>Show the points as a table</source>
        <translation>Die Punkte als Tabelle zeigen</translation>
    </message>
    <message>
        <source>Show the points of the picture as a table; Enter picks one</source>
        <translation>Die Punkte des Bildes als Tabelle zeigen; Eingabe wählt einen</translation>
    </message>
    <message>
        <source>Nothing to choose from yet</source>
        <translation>Noch nichts zu wählen</translation>
    </message>
    <message>
        <source>Value of the point</source>
        <translation>Wert des Punktes</translation>
    </message>
    <message>
        <source>A click on a recipe makes its cost or its SQNR the target</source>
        <translation>Ein Klick auf ein Rezept macht seine Kosten oder seinen SQNR zum Ziel</translation>
    </message>
    <message>
        <source>Recipes by cost and SQNR</source>
        <translation>Rezepte nach Kosten und SQNR</translation>
    </message>
</context>
<context>
    <name>widgets::ParetoTable</name>
    <message>
        <source>point</source>
        <translation>Punkt</translation>
    </message>
    <message>
        <source>recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>SQNR in dB</source>
        <translation>SQNR in dB</translation>
    </message>
</context>
<context>
    <name>widgets::PictureGrid</name>
    <message>
        <source>Grid of pictures</source>
        <translation>Raster der Bilder</translation>
    </message>
    <message>
        <source>A row for each prompt, a column for each recipe; choosing a picture shows it beside full precision</source>
        <translation>Eine Zeile je Prompt, eine Spalte je Rezept; ein gewähltes Bild erscheint neben voller Präzision</translation>
    </message>
    <message>
        <source>perceptual distance 0.0000</source>
        <translation>wahrgenommener Abstand 0,0000</translation>
    </message>
</context>
<context>
    <name>widgets::SplitHandle</name>
    <message>
        <source>Line between the pictures</source>
        <translation>Linie zwischen den Bildern</translation>
    </message>
    <message>
        <source>Drag the line, or move it with the arrow keys</source>
        <translation>Die Linie ziehen oder mit den Pfeiltasten bewegen</translation>
    </message>
</context>
</TS>
