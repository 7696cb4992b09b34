#include <app/jobs/commandline.h>

#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

namespace app::jobs {

namespace {

constexpr double kMiB = 1024.0 * 1024.0;
const QString kAnd = QStringLiteral(" && ");

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

/// All digits that matter.
QString textOf(double number) {
    return QString::number(number, 'g', 17);
}

/// A command that grows word by word; an option and its value are one word, so that values may begin with a dash.
class CommandText {
public:
    explicit CommandText(const char* verb) : m_text(QStringLiteral("noisefloor ") + QLatin1String(verb)) {}

    CommandText& word(const QString& word) {
        m_text += QLatin1Char(' ') + shellQuoted(word);
        return *this;
    }
    CommandText& option(const char* name, const QString& value) {
        if (value.isEmpty()) return word(QLatin1String(name)).word(value);
        return word(QLatin1String(name) + QLatin1Char('=') + value);
    }
    CommandText& flag(const char* name, bool isSet) { return isSet ? word(QLatin1String(name)) : *this; }
    const QString& text() const { return m_text; }

private:
    QString m_text;
};

/// One that cannot be taken for an option.
QString asPath(const QString& path) {
    return path.startsWith(QLatin1Char('-')) ? QStringLiteral("./") + path : path;
}

/// How a model is opened beside its path.
void addOpening(CommandText& text, const ldm::OpenRequest& model) {
    for (const ldm::LoraChoice& lora : model.loras)
        text.option("--lora", textOf(lora.file.string()) + QLatin1Char(':') + textOf(lora.weight));
    if (!model.base.empty()) text.option("--base", textOf(model.base));
    if (!model.prediction.empty()) text.option("--prediction", textOf(model.prediction));
    if (model.compute.device == ldm::DeviceKind::Cuda)
        text.option("--device", QStringLiteral("cuda:%1").arg(model.compute.deviceIndex));
    if (model.compute.precision == ldm::Precision::Bf16) text.option("--precision", QStringLiteral("bf16"));
}

CommandText command(const char* verb, const ldm::OpenRequest& model) {
    CommandText text(verb);
    text.word(asPath(textOf(model.model)));
    addOpening(text, model);
    return text;
}

/// "emoji-ldm.job" and what is given: in the folder the command is run in.
QString outputName(const ldm::OpenRequest& model, const QString& rest) {
    QString name = QFileInfo(textOf(model.model)).completeBaseName();
    name.remove(QRegularExpression(QStringLiteral("^[-.]+")));
    return (name.isEmpty() ? QStringLiteral("model") : name) + QStringLiteral(".job") + rest;
}

/// What GenerateSettings and AnalysisSettings have in common.
template <class Settings> void addSampling(CommandText& text, const Settings& settings) {
    if (!settings.scheduler.empty()) text.option("--scheduler", textOf(settings.scheduler));
    text.option("--steps", QString::number(settings.steps));
    text.option("--guidance", textOf(settings.guidance));
    text.option("--seed", QString::number(settings.seed));
    if (settings.negative) text.option("--negative", textOf(*settings.negative));
    text.flag("--weighted", settings.weightedPrompts);
    if (settings.clipSkip != 0) text.option("--clip-skip", QString::number(settings.clipSkip));
    if (settings.eta != 0) text.option("--eta", textOf(settings.eta));
}

void addPrompts(CommandText& text, const std::vector<std::string>& prompts) {
    for (const std::string& prompt : prompts) text.option("--prompt", textOf(prompt));
}

void addLatents(CommandText& text, const std::filesystem::path& latents) {
    if (!latents.empty()) text.option("--latents", textOf(latents.string()));
}

QString formatsText(const std::vector<quant::Format>& formats) {
    QStringList names;
    for (const quant::Format& format : formats) names << textOf(quant::toString(format));
    return names.join(QLatin1Char(','));
}

QString metricsText(const std::vector<analysis::Metric>& metrics) {
    QStringList names;
    for (const analysis::Metric metric : metrics) names << textOf(analysis::nameOf(metric));
    return names.join(QLatin1Char(','));
}

/// A recipe for a command line, and what writes its file where it needs one.
struct RecipeArgument {
    QString before; ///< ends with " && " unless empty
    QString word;
};

RecipeArgument argumentOf(const quant::Recipe& recipe, const QString& file) {
    quant::Recipe uniform;
    uniform.base = recipe.base;
    uniform.name = recipe.name;
    uniform.model = recipe.model;
    uniform.provenance = recipe.provenance;
    if (uniform == recipe) return {{}, textOf(quant::toString(recipe.base))};
    return {
        QStringLiteral("printf '%s\\n' %1 > %2").arg(shellQuoted(textOf(quant::toJson(recipe))), shellQuoted(file)) +
            kAnd,
        file};
}

template <class Settings>
QString compareCommand(const ldm::OpenRequest& model, const std::vector<quant::Recipe>& recipes,
                       const std::vector<std::string>& prompts, const Settings& settings) {
    QString before;
    CommandText text = command("compare", model);
    for (std::size_t i = 0; i < recipes.size(); ++i) {
        const RecipeArgument recipe =
            argumentOf(recipes[i], outputName(model, QStringLiteral("-%1.recipe.json").arg(i + 1)));
        before += recipe.before;
        text.option("--recipe", recipe.word);
    }
    addPrompts(text, prompts);
    addSampling(text, settings);
    addLatents(text, settings.latents);
    text.option("--out", outputName(model, QStringLiteral(".comparison")));
    return before + text.text();
}

QString analyzeCommand(const ldm::OpenRequest& model, const analysis::AnalysisSettings& settings, const QString& out) {
    CommandText text = command("analyze", model);
    text.option("--metrics", metricsText(settings.metrics));
    text.option("--formats", formatsText(settings.formats));
    text.option("--level", textOf(analysis::nameOf(settings.level)));
    addPrompts(text, settings.prompts);
    addSampling(text, settings);
    if (settings.calibration != "all") text.option("--calibration", textOf(settings.calibration));
    addLatents(text, settings.latents);
    text.option("--out", out);
    return text.text();
}

QString benchCommand(const ldm::OpenRequest& model, const analysis::LatencySettings& settings) {
    CommandText text = command("bench", model);
    if (!settings.formats.empty()) text.option("--formats", formatsText(settings.formats));
    text.option("--rounds", QString::number(settings.rounds));
    if (settings.width > 0) text.option("--size", QStringLiteral("%1x%2").arg(settings.width).arg(settings.height));
    text.option("--out", outputName(model, QStringLiteral(".latency.json")));
    return text.text();
}

/// The formats beside full precision, and how they were timed.
analysis::LatencySettings settingsOf(const analysis::Latency& latency) {
    analysis::LatencySettings settings{{}, latency.width, latency.height, latency.rounds, latency.precision};
    for (const analysis::FormatLatency& row : latency.formats)
        if (row.format != quant::Format{}) settings.formats.push_back(row.format);
    return settings;
}

/// What differs from the ordinary alone; `analysis` is the file of the order's maps.
void addOption(CommandText& text, quant::ExportOption option, const ExportOrder& order, const QString& analysis) {
    const quant::ExportOptions& options = order.target.options;
    const QByteArray name = "--" + textOf(quant::nameOf(option)).toUtf8();
    const auto add = [&text, &name](bool differs, const QString& value) {
        if (differs) text.option(name.constData(), value);
    };
    switch (option) {
    case quant::ExportOption::Floats:
        return add(options.floats != quant::ExportOptions{}.floats, textOf(quant::nameOf(options.floats)));
    case quant::ExportOption::UnetOnly:
        text.flag(name.constData(), options.unetOnly);
        return;
    case quant::ExportOption::Prefixed:
        text.flag(name.constData(), options.prefixed);
        return;
    case quant::ExportOption::Variant:
        return add(!options.variant.empty(), textOf(options.variant));
    case quant::ExportOption::FloatGraph:
        text.flag(name.constData(), !options.quantizes);
        return;
    case quant::ExportOption::Size:
        return add(options.width > 0, QStringLiteral("%1x%2").arg(options.width).arg(options.height));
    case quant::ExportOption::Schema:
        return add(options.schema != 0, textOf(quant::kAimetSchemas[options.schema]));
    case quant::ExportOption::LayerDb:
        return add(order.maps.has_value(), analysis);
    }
}

QString savingText(analysis::Saving saving) {
    if (saving == analysis::Saving::Seconds) return QStringLiteral("ms");
    return saving == analysis::Saving::Bops ? QStringLiteral("bops") : QStringLiteral("size");
}

void addTarget(CommandText& text, const analysis::SearchTarget& target) {
    switch (target.goal) {
    case analysis::Goal::MaxBytes:
        text.option("--max-size", textOf(target.value / kMiB));
        return;
    case analysis::Goal::MaxBops:
        text.option("--max-bops", textOf(target.value));
        return;
    case analysis::Goal::MaxMeanBits:
        text.option("--max-bits", textOf(target.value));
        return;
    case analysis::Goal::MaxSeconds:
        text.option("--max-ms", textOf(target.value * 1e3));
        return;
    case analysis::Goal::MinSqnr:
        text.option("--min-sqnr", textOf(target.value));
        text.option("--saving", savingText(target.saving));
        return;
    }
}

} // namespace

QString shellQuoted(const QString& word) {
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
    if (plain.match(word).hasMatch()) return word;
    QString quoted = word;
    return QLatin1Char('\'') + quoted.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

QString commandLine(const ldm::OpenRequest& model) {
    return command("inspect", model).text();
}

QString commandLine(const ldm::OpenRequest& model, const AnalyzeRequest& request) {
    return analyzeCommand(model, request.settings, outputName(model, QStringLiteral(".analysis.json")));
}

QString commandLine(const ldm::OpenRequest& model, const PreviewRequest& request) {
    const ldm::GenerateSettings& sampling = request.sampling;
    const RecipeArgument recipe = argumentOf(request.recipe, outputName(model, QStringLiteral(".recipe.json")));
    const auto picture = [&](const QString& recipeWord, const QString& name) {
        CommandText text = command("generate", model);
        text.option("--prompt", textOf(sampling.prompt));
        addSampling(text, sampling);
        if (sampling.width > 0) text.option("--size", QStringLiteral("%1x%2").arg(sampling.width).arg(sampling.height));
        addLatents(text, sampling.latents);
        if (!recipeWord.isEmpty()) text.option("--recipe", recipeWord);
        text.option("--out", outputName(model, name));
        return text.text();
    };
    return recipe.before + picture({}, QStringLiteral("-full.png")) + kAnd +
           picture(recipe.word, QStringLiteral("-quantized.png"));
}

QString commandLine(const ldm::OpenRequest& model, const analysis::CompareRequest& request) {
    return compareCommand(model, request.recipes, request.prompts, request.sampling);
}

QString commandLine(const ldm::OpenRequest& model, const ExportOrder& order) {
    const QString analysis = outputName(model, QStringLiteral(".analysis.json"));
    const RecipeArgument recipe = argumentOf(order.recipe, outputName(model, QStringLiteral(".recipe.json")));
    const quant::ExportFormatInfo& format = quant::infoOf(order.target.format);
    CommandText text = command("export", model);
    text.option("--recipe", recipe.word);
    text.option("--format", textOf(format.name));
    for (const quant::ExportOption option : format.options) addOption(text, option, order, analysis);
    addSampling(text, order.target.sampling);
    text.option("--out", textOf(order.target.path.string()));
    text.flag("--force", order.target.overwrite);
    const QString measuring = order.maps ? analyzeCommand(model, *order.maps, analysis) + kAnd : QString();
    return measuring + recipe.before + text.text();
}

QString commandLine(const ldm::OpenRequest& model, const VerifyOrder& order) {
    const quant::VerifyRequest& request = order.request;
    CommandText text("verify");
    text.word(asPath(textOf(request.path.string())));
    text.option("--against", textOf(model.model));
    addOpening(text, model);
    RecipeArgument recipe;
    if (request.recipe) {
        recipe = argumentOf(*request.recipe, outputName(model, QStringLiteral(".recipe.json")));
        text.option("--recipe", recipe.word);
    }
    text.option("--runs", QString::number(request.runs));
    addSampling(text, request.sampling);
    return recipe.before + text.text();
}

QString commandLine(const ldm::OpenRequest& model, const SearchOrder& order) {
    const QString analysis = outputName(model, QStringLiteral(".analysis.json"));
    analysis::AnalysisSettings settings = order.analysis.settings;
    settings.metrics.clear();
    settings.formats.clear();
    for (const analysis::SqnrMap& map : order.analysis.maps) {
        if (std::find(settings.metrics.begin(), settings.metrics.end(), map.metric) == settings.metrics.end())
            settings.metrics.push_back(map.metric);
        if (std::find(settings.formats.begin(), settings.formats.end(), map.format) == settings.formats.end())
            settings.formats.push_back(map.format);
    }
    CommandText text = command("search", model);
    text.option("--analysis", analysis);
    addTarget(text, order.target);
    if (!order.space.formats.empty()) text.option("--formats", formatsText(order.space.formats));
    for (const analysis::Lock& lock : order.space.locked)
        text.option("--lock", textOf(lock.id) + QLatin1Char('=') + textOf(quant::toString(lock.format)));
    text.flag("--time-ranges", order.space.timeRanges);
    QString before = analyzeCommand(model, settings, analysis) + kAnd;
    if (order.space.latency) {
        before += benchCommand(model, settingsOf(*order.space.latency)) + kAnd;
        text.option("--latency", outputName(model, QStringLiteral(".latency.json")));
    }
    text.option("--out", outputName(model, QStringLiteral(".recipe.json")));
    return before + text.text();
}

QString commandLine(const ldm::OpenRequest& model, const MeasureOrder& order) {
    return compareCommand(model, {order.recipe}, order.inputs.prompts, order.inputs);
}

QString commandLine(const ldm::OpenRequest& model, const SpeedOrder& order) {
    return benchCommand(model, order.settings);
}

QString commandLine(const ldm::OpenRequest& model, const InspectOrder& order) {
    CommandText text = command("inspect", model);
    text.option("--layer", textOf(order.id));
    text.flag("--weights-only", !order.inputs);
    if (!order.inputs) return text.text();
    addPrompts(text, order.inputs->prompts);
    addSampling(text, *order.inputs);
    return text.text();
}

} // namespace app::jobs
