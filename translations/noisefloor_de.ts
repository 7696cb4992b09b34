<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
<context>
    <name>BudgetBar</name>
    <message>
        <source>%1 over the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;ictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the last edit back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no edit to take back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the edit again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No edit was taken back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Short&amp;cuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the keys of every command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose colours, language, what is measured and more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open Model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a diffusers folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;Checkpoint File…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a single-file checkpoint (.safetensors) or a GGUF file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;with Options…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model with LoRAs, lent parts, on another device or in another precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;Recipe or Analysis…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a recipe or an analysis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save Recipe &amp;As…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the recipe in another file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save A&amp;nalysis…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save all maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the model with the recipe&apos;s values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a Re&amp;port…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write maps, recipe, numbers and pictures into one file for others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explain the pane that has the keyboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All &amp;Commands and Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List every command with its present keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tour of the Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show in a few steps what is where</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About Noisefloor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What this program is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next &amp;Weight Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the selected blocks the next weight format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next &amp;Activation Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the selected blocks the next activation format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Protect (fp16)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the selected blocks fp16 on both sides</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back to the Default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the selected blocks the recipe&apos;s default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear All Rules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every block the recipe&apos;s default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Lock against the Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the selected blocks at their present format whatever a search finds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let a search choose the formats of the selected blocks again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make &amp;Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make both pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Continue Measuring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure the maps that are missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure &amp;Again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure all maps anew for the present prompt, seed, steps and guidance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Find a Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search for the best recipe under a target of size, BOPs or SQNR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the present work; what was measured is kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No work is running.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;All Commands…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a command, a pane or a block by a few letters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Light or Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change from light colours to dark ones and back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Restore Default Layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put all panes back to their places</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Heatmap</name>
    <message>
        <source>%1 dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean %1, worst %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeatmapPane</name>
    <message>
        <source>Weights: of the weights alone, without data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local: at the row&apos;s own output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output: at the predicted noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Others: all but the row, at the predicted noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accumulated: along the whole trajectory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Final: at the latent after the last step</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>Getting started</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Searching</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sessions, jobs and files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The command line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All commands and keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it does</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Presets</name>
    <message>
        <source>All w8a8</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>8 bits everywhere: weights per channel, activations with one range per tensor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All w4a8</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>4-bit weights and 8-bit activations everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All fp16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half precision everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights Only, w8a16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>8-bit weights everywhere; activations keep 16 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights Only, w4a16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>4-bit weights everywhere; activations keep 16 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protect First and Last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First and last convolution and the time embedding in fp16; all others stay as they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protect Attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Queries, keys, values and outputs of every attention in fp16; all others stay as they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protect the Worst…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rows with the lowest SQNR of the present map in fp16; asks how many</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Noisefloor: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model and settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows of the maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (%2), %3 parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2 steps, guidance %3, seed %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latents</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>drawn from the seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipe: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>BOPs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean bits of a weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicted SQNR, end to end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicted SQNR, sum of the map&apos;s noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured SQNR, end to end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size, operations and prediction need the model; name it with --model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recipe&apos;s file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Timesteps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SQNR = 10 log10(sum y² / sum (y_q - y)²), rows by timesteps. Hatched grey cells are at the noise floor or were not measured; white lined ones are exact.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was measured yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The %n row(s) with most noise:</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worst</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at timestep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All numbers of this map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> floor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One format everywhere, measured end to end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SQNR of the last latent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers whose inputs vary most over time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Narrowest range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Widest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Versions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time for %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchTargetEditor</name>
    <message>
        <source>SQNR at least</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>BOPs at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean bits at most</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>The map of the noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each row is a part of the network, each column a step of the sampling, from noise on the left to the picture on the right. The number is how much stronger the signal is than the error of few bits, in decibels: low numbers are where few bits hurt.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The precision of every block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose here in which format a block keeps its weights and its activations. Several rows can be changed at once, and every change can be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it costs, what it keeps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size, arithmetic and the predicted quality of the whole model follow every change at once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it does to the pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same prompt and the same seed in full precision and in yours. Pictures are made again after every change; hold the space bar to see one in place of the other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the program search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give a size, an amount of arithmetic or a quality, and the best recipe under it is found, with the reason for every choice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything by its name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+P finds every command, pane and block by a few letters. F1 explains the pane you are in, and ? lists all keys. That is all; enjoy.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::commands</name>
    <message>
        <source>weights %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 in %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>default %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>clear all rules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recipe %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::models</name>
    <message>
        <source>%1 % of fp32</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no signal left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>activations %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gap %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no choice within it is predicted above %1; %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no choice that reaches it is below %1; %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 end to end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, after 1 repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, after %1 repairs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> MiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> GBOPs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the default of the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2, %3 bits per weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>BOPs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped before the target held; this is the best so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The target does not hold when measured, and no precision is left to raise; this is the best found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps of %1 are missing: predictions are rough until they are measured.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::AnalysisShelf</name>
    <message>
        <source>There is no such analysis in the list; choose another.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::RecipeFinder</name>
    <message>
        <source>Open a model first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose at least one format.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is measured yet; measure the maps of the chosen formats.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::RecipeShelf</name>
    <message>
        <source>%1 recipes are kept for comparison already; remove one of them first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::Settings</name>
    <message>
        <source>The settings could not be read and are the standard ones again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings are of a newer version of the program and are the standard ones here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1; the file was kept as %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1; the file %2 could not be set aside.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::Studio</name>
    <message>
        <source>Wrote the report %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This model has no %1, so it can be inspected but not run here; choose a model that lends what is missing under File, Open with Options.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> and no </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported to %1: %2 in %3 tensors, written, read back and compared.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::session::StudioDocument</name>
    <message>
        <source>%1 blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lock %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unlock %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>replace the locks</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::BlocksPane</name>
    <message>
        <source>Default weight format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight format of every layer that no rule names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default activation format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activation format of every layer that no rule names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Presets</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::CommandPalette</name>
    <message>
        <source>Open a model first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not possible just now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select this block in the map and in the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A few letters of a command, a pane or a block; Enter runs the marked one, Esc closes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::ComparisonPane</name>
    <message>
        <source>%1 and a rule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 and %2 rules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read (word:1.2) in prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After every edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the picture shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it must not show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take numbers in brackets as weights: (word:1.2), (word) for 1.1, [word] for 0.9</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a new pair of pictures after every edit of recipe, prompt or seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Negative</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See&amp;d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Guidance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samp&amp;ler</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making the picture…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first pictures follow when the maps are measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full precision, seed %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quantized: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No picture was made</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::DocumentFiles</name>
    <message>
        <source>Open a model folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a checkpoint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors *.gguf);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a recipe or an analysis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipes and analyses (*.recipe.json *.analysis.json);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the analysis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the recipe?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recipe has changes that are not saved.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::ExportDialog</name>
    <message>
        <source>Replace what is there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the quantized model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;To</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is something at this place already</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::HeatmapPane</name>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the error is measured; a map that is missing is measured at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is quantized: one format for all blocks, or each block as in the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a row stands for: a block of the network or one of its layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as in the recipe</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::HelpPane</name>
    <message>
        <source>Guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Page of the guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find on this page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter goes to the next place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result of finding</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not found</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::JobStatus</name>
    <message>
        <source>Opening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grid of pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Searching</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Present work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the present work; what was measured is kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::MainWindow</name>
    <message>
        <source>About Noisefloor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&lt;b&gt;Noisefloor&lt;/b&gt;&lt;p&gt;A studio for quantizing latent diffusion models: which parts may run in few bits, which may not, and what that does to the pictures.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Budget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Main</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open Re&amp;cent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide this pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>untitled recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1”, seed %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>full precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Web page (*.html);;PDF (*.pdf)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::MessageBar</name>
    <message>
        <source>Close this message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::OpenDialog</name>
    <message>
        <source>Checkpoints (*.safetensors *.gguf);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight of the LoRA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as the file says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CUDA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>diffusers folder, .safetensors or .gguf file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only for files without text encoder or autoencoder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;LoRAs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing &amp;parts from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the model that lends parts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The UNet predic&amp;ts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;recision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRAs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Add…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remo&amp;ve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add LoRAs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA files (*.safetensors);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::PresetMenu</name>
    <message>
        <source>P&amp;resets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changes of the whole recipe that have a name; your own go as JSON files into %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 – %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not possible now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changes nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changes 1 layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changes %1 layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>preset %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many rows of the %1 map? This %2.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::SearchFormats</name>
    <message>
        <source>Measure What Is Missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formats to choose from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formats that the search may give a block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>another format, such as w4g64a8</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter adds the format to the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure the maps that end-to-end predictions for these formats need</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The map that end-to-end predictions rest on is there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The map that end-to-end predictions rest on is not measured yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::SearchPane</name>
    <message>
        <source>Steps may differ</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock Selected Blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure and Repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activations may have other formats in the first, middle and last third of the steps; weights stay the same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the blocks that are selected in the table at their present format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the search choose the formats of the marked blocks again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is in the way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formats of the found recipe and why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it the recipe; Undo takes it back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the found recipe to the end, compare, and raise precisions until an SQNR holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::SearchTargetEditor</name>
    <message>
        <source>Kind of target</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the recipe has to keep to; everything else is then made as good as it can be</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Target</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Target, between the ends of what can be had</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>least size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>least BOPs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is made small while the SQNR holds</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every setting the value it came with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of the window and of everything in it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of all texts; holds from the next start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask to &amp;save changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before a recipe that was changed and not saved is closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Notify when work has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While another program&apos;s window is in use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Measuring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formats measured at &amp;once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of every model that is opened, such as w8a8,w4a8; others are measured when they are needed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sampling steps of a model that is opened next; the pictures&apos; pane can change them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formats to &amp;choose from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a search for a recipe may use from the next start on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Make pictures by themselves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After every change of the recipe or the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>M&amp;achine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>T&amp;hreads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That compute; holds from the next start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all free cores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Kept measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Most room on the disk for measurements; those used longest ago go first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> MiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of kept measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Present size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Forget Kept Measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete them; models are measured anew when they are opened next</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::ShortcutEditor</name>
    <message>
        <source>&amp;Assign</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the command these keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;No Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the keys away from the command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Standard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the command the keys it came with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by text or keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show only commands whose text or keys hold this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who has these keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard for A&amp;ll</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every command the keys it came with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New &amp;keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press the keys that shall run the selected command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Assign Anyway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 belongs to “%2”, which will have no keys then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a command, press the new keys, and assign them.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::StartPage</name>
    <message>
        <source>Drop a model, a recipe or an analysis here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which parts of a latent diffusion model may run in few bits, which may not,
and what does that do to the pictures?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start with the embedded model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder in diffusers layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a checkpoint file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A .safetensors checkpoint or a .gguf file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small text-to-image model that comes with the program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>app::windows::Tour</name>
    <message>
        <source>&amp;Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;End the Tour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can be seen again from the Help menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Done</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets::BudgetBar</name>
    <message>
        <source>%1 under the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size %1. BOPs %2. SQNR %3.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of all weights with their scales. BOPs: sum over the layers of multiplications x weight bits x activation bits. SQNR: predicted from the maps, higher is better; end to end means of the latent after the last step. Click to change the target.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not predicted yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 dB predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measured %1 above the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measured %1 below the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicted %1 above the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicted %1 below the target of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets::DifferenceLegend</name>
    <message>
        <source>Key of the difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the channel that differs most, in levels of 0 to 255. Blue: full precision is brighter; brown: the quantized picture is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the channel that differs most, in levels of 0 to 255.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grey: equal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grey: within %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1; %2 % of the pixels differ, by %3 at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2 levels of 255; %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 levels</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapPlot</name>
    <message>
        <source>SQNR heatmap, blocks by timesteps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: not measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2 (%3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at t %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of each row; click to sort by it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worst of each row; click to sort by it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets::HeatmapTable</name>
    <message>
        <source>%1 floor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>worst</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets::SplitHandle</name>
    <message>
        <source>Line between the pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag the line, or move it with the arrow keys</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
