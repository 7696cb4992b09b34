#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/images.h>
#include <analysis/scriptclassifier.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>

namespace app::cli {

namespace {

namespace fs = std::filesystem;
using analysis::SalienceMethod;

constexpr const char* kMarker = "salience.json";
constexpr std::size_t kMostClasses = 1'000'000;

struct MethodName {
    const char* option;
    SalienceMethod method;
};
constexpr MethodName kMethods[] = {{"wbp", SalienceMethod::Wbp},
                                   {"open-wbp", SalienceMethod::OpenWbp},
                                   {"gradient", SalienceMethod::Gradient},
                                   {"gradient-x-input", SalienceMethod::GradientTimesInput},
                                   {"guided", SalienceMethod::GuidedGradient},
                                   {"grad-cam", SalienceMethod::GradCam}};

struct Options {
    std::vector<std::string> pictures;
    std::string method;
    std::string cls;
    int blur = 5;
    std::string evaluator;
    std::string script;
    analysis::ScriptInput input;
    std::string names;
    std::string out;
    bool overwrite = false;
};

/// Whoever explains pictures: the evaluator or the user's own.
struct Classifier {
    int classes = 0;
    std::vector<std::string> names; ///< may be empty
    std::function<analysis::Salience(const ldm::Image&, std::optional<int> cls)> explain;

    std::string nameOf(int cls) const { return names.empty() ? std::to_string(cls) : names[std::size_t(cls)]; }
};

std::vector<std::string> namesIn(const std::string& file) {
    std::ifstream stream(file);
    if (!stream) throw ldm::badInput(file + " cannot be read; check the name and the permissions.");
    std::vector<std::string> names;
    for (std::string line; std::getline(stream, line) && names.size() <= kMostClasses;) {
        if (line.ends_with('\r')) line.pop_back();
        names.push_back(line);
    }
    return names;
}

SalienceMethod methodOf(const Options& options) {
    const auto* const found = std::ranges::find(kMethods, options.method, &MethodName::option);
    if (found != std::end(kMethods)) return found->method;
    return options.script.empty() ? SalienceMethod::Wbp : SalienceMethod::Gradient;
}

Classifier ownClassifier(const Options& options) {
    const auto script = analysis::ScriptClassifier::load(options.script, options.input);
    Classifier classifier{script.classes(), {}, {}};
    if (!options.names.empty()) {
        classifier.names = namesIn(options.names);
        if (classifier.names.size() != std::size_t(script.classes()))
            throw ldm::badInput(options.names + " has " + std::to_string(classifier.names.size()) +
                                " lines, but the classifier knows " + std::to_string(script.classes()) +
                                " classes; give a name for each.");
    }
    classifier.explain = [script, method = methodOf(options), blur = options.blur](const ldm::Image& image,
                                                                                   std::optional<int> cls) {
        return script.salience(image, method, cls, blur);
    };
    return classifier;
}

Classifier evaluatorOf(const Options& options) {
    const auto evaluator =
        options.evaluator.empty() ? analysis::Evaluator::embedded() : analysis::Evaluator::load(options.evaluator);
    Classifier classifier{int(evaluator.classes().size()), evaluator.classes(), {}};
    classifier.explain = [evaluator, method = methodOf(options), blur = options.blur](const ldm::Image& image,
                                                                                      std::optional<int> cls) {
        return analysis::salience(evaluator, image, {method, cls, std::nullopt, blur});
    };
    return classifier;
}

/// A class by name or number; nothing where none was named.
std::optional<int> classOf(const std::string& text, const Classifier& classifier) {
    if (text.empty()) return std::nullopt;
    const auto named = std::ranges::find(classifier.names, text);
    if (named != classifier.names.end()) return int(named - classifier.names.begin());
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= 0 && number < classifier.classes)
        return number;
    throw ldm::badInput("The classifier knows no class '" + text + "'; give one of its names or a number from 0 to " +
                        std::to_string(classifier.classes - 1) + ".");
}

/// The map at the size of the picture, white where it is 1.
ldm::Image greyOf(const analysis::Plane& map, const ldm::Image& picture) {
    const analysis::Plane large = analysis::resized(map, picture.width, picture.height);
    ldm::Image grey{picture.width, picture.height, {}};
    for (const float value : large.values)
        grey.rgb.insert(grey.rgb.end(), 3, std::uint8_t(std::lround(255 * std::clamp(value, 0.0F, 1.0F))));
    return grey;
}

struct Explained {
    fs::path file;
    ldm::Image picture;
    analysis::Salience salience;
    std::string map; ///< name of its file
};

Json jsonOf(const std::vector<Explained>& all, const Classifier& classifier, const Options& options) {
    Json pictures = Json::array();
    for (const Explained& one : all)
        pictures.push_back({{"picture", one.file.string()},
                            {"class", classifier.nameOf(one.salience.cls)},
                            {"probability", one.salience.probability},
                            {"map", options.out.empty() ? Json() : Json(one.map)}});
    return {{"method", analysis::nameOf(methodOf(options))}, {"blur", options.blur}, {"pictures", std::move(pictures)}};
}

void write(const std::vector<Explained>& all, const Json& json, const Options& options) {
    const auto fill = [&](const fs::path& aside) {
        fs::create_directories(aside);
        for (const Explained& one : all) analysis::savePng(greyOf(one.salience.map, one.picture), aside / one.map);
        ldm::writeTextFile(aside / kMarker, json.dump(2) + "\n");
    };
    ldm::createAside(pathFrom(options.out), options.overwrite, fill, kMarker);
}

Outcome explain(const Options& options, const Running& running) {
    if (!options.out.empty()) requireFree(pathFrom(options.out), options.overwrite, kMarker);
    const Classifier classifier = options.script.empty() ? evaluatorOf(options) : ownClassifier(options);
    const std::optional<int> cls = classOf(options.cls, classifier);
    Outcome outcome;
    std::vector<Explained> all;
    TextTable table({"picture", "class", "probability"});
    table.alignLeft(1);
    for (const std::string& name : options.pictures) {
        if (running.stop.stop_requested()) {
            outcome.interrupted = true;
            outcome.text = "nothing was written.";
            return outcome;
        }
        const fs::path file(name);
        ldm::Image picture = analysis::loadPng(file);
        analysis::Salience salience = classifier.explain(picture, cls);
        table.add({name, classifier.nameOf(salience.cls), fixed(salience.probability, 4)});
        all.push_back({file, std::move(picture), std::move(salience),
                       std::to_string(all.size() + 1) + "-" + file.stem().string() + ".png"});
    }
    outcome.json = jsonOf(all, classifier, options);
    outcome.text = table.text();
    if (options.out.empty()) return outcome;
    write(all, outcome.json, options);
    outcome.text += "wrote " + options.out + ", a map for each picture\n";
    return outcome;
}

} // namespace

void addSalience(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = addPlainVerb(program, command,
                                  {"salience", "what a classifier takes pictures for, and which pixels make it do so",
                                   "noisefloor salience apple.png --out maps"});
    verb.add_option("PICTURES", options->pictures, "PNG files")->required();
    std::vector<std::string> methods;
    for (const MethodName& each : kMethods) methods.push_back(each.option);
    verb.add_option("--method", options->method,
                    "wbp, open-wbp, gradient, gradient-x-input, guided or grad-cam; default: wbp, and gradient with "
                    "--classifier, which knows only the two of gradients")
        ->check(CLI::IsMember(methods).description({}));
    verb.add_option("--class", options->cls, "name or number of the class to explain; default: the most probable one");
    verb.add_option("--blur", options->blur, "pixels a side that values are averaged over, odd")->capture_default_str();
    CLI::Option* const evaluator =
        verb.add_option("--evaluator", options->evaluator, "folder with evaluator.json; default: the program's own");
    CLI::Option* const script =
        verb.add_option("--classifier", options->script,
                        "TorchScript file of your own; it is a program, so load only what you trust")
            ->excludes(evaluator);
    verb.add_option("--side", options->input.side, "pixels a side that it takes")->needs(script)->capture_default_str();
    verb.add_option("--mean", options->input.mean, "of its channels, comma-separated; default: ImageNet's")
        ->delimiter(',')
        ->needs(script);
    verb.add_option("--std", options->input.deviation, "of its channels, comma-separated; default: ImageNet's")
        ->delimiter(',')
        ->needs(script);
    verb.add_option("--names", options->names, "text file with a line for each of its classes")->needs(script);
    verb.add_option("--out", options->out, "folder to create, with a grey map for each picture and salience.json");
    addForce(verb, options->overwrite, "an existing folder");
    addThreads(verb, command);
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return explain(*options, running); };
    });
}

} // namespace app::cli
