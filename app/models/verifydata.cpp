#include <app/models/verifydata.h>

#include <app/models/storedtypes.h>

#include <widgets/heatmapdata.h>

#include <QCoreApplication>
#include <QLocale>

namespace app::models {

namespace {

class VerifyTexts {
    Q_DECLARE_TR_FUNCTIONS(VerifyTexts)
};

QString decibels(double db) {
    const QString text = widgets::numberText(db);
    return text.isEmpty() ? QStringLiteral("–") : text;
}

QString decibels(const std::optional<quant::ErrorSums>& sums) {
    return sums ? decibels(sums->db()) : QStringLiteral("–");
}

} // namespace

QString verdictOf(const quant::VerifyReport& report) {
    if (report.isSound())
        return VerifyTexts::tr("✓ Sound: nothing is missing, surplus or wrong, and all numbers are finite.");
    if (report.missing.empty() && report.surplus.empty() && report.wrong.empty())
        return VerifyTexts::tr("✗ Not sound: some numbers are not finite.");
    return VerifyTexts::tr("✗ Not sound: tensors missing: %1, surplus: %2, wrong: %3.")
        .arg(report.missing.size())
        .arg(report.surplus.size())
        .arg(report.wrong.size());
}

QString writtenText(const quant::ExportReport& report) {
    const auto size = [](std::uint64_t bytes) { return QLocale().formattedDataSize(qint64(bytes)); };
    return VerifyTexts::tr("Written: %1, predicted: %2. Layers: %3 exact, %4 rounded anew, %5 as floats.")
        .arg(size(report.bytes), size(report.predictedBytes))
        .arg(report.exactLayers)
        .arg(report.requantizedLayers)
        .arg(report.floatLayers);
}

widgets::Facts worstFacts(const quant::VerifyReport& report, std::size_t count) {
    widgets::Facts facts{{VerifyTexts::tr("Worst layers"), VerifyTexts::tr("Stored as"), VerifyTexts::tr("SQNR dB"),
                          VerifyTexts::tr("to the recipe, dB")},
                         {}};
    for (const std::size_t i : report.worst(count)) {
        const quant::VerifiedTensor& tensor = report.tensors[i];
        facts.rows << QStringList{QString::fromStdString(tensor.name), QString::fromStdString(tensor.storedAs),
                                  decibels(tensor.against), decibels(tensor.recipe)};
    }
    return facts;
}

widgets::Facts typeFacts(const quant::VerifyReport& report) {
    widgets::Facts facts{{VerifyTexts::tr("Stored as"), VerifyTexts::tr("Tensors"), VerifyTexts::tr("SQNR dB"),
                          VerifyTexts::tr("least, dB"), VerifyTexts::tr("to the recipe, dB")},
                         {}};
    for (const StoredType& type : storedTypes(report))
        facts.rows << QStringList{QString::fromStdString(type.type), QLocale().toString(type.tensors),
                                  decibels(type.against), decibels(type.leastDb), decibels(type.recipe)};
    return facts;
}

widgets::Facts blockFacts(const quant::VerifyReport& report) {
    widgets::Facts facts{{VerifyTexts::tr("Block"), VerifyTexts::tr("graph, dB"), VerifyTexts::tr("simulated, dB"),
                          VerifyTexts::tr("graph to simulation, dB"), VerifyTexts::tr("to its own rounding, dB")},
                         {}};
    for (const quant::VerifiedBlock& block : report.blocks)
        facts.rows << QStringList{QString::fromStdString(block.id), decibels(block.against), decibels(block.simulated),
                                  decibels(block.recipe), decibels(block.deployed)};
    return facts;
}

QStringList remarksOf(const quant::VerifyReport& report) {
    QStringList remarks;
    for (const std::string& name : report.missing)
        remarks << VerifyTexts::tr("missing: %1").arg(QString::fromStdString(name));
    for (const std::string& name : report.surplus)
        remarks << VerifyTexts::tr("surplus: %1").arg(QString::fromStdString(name));
    for (const std::string& name : report.wrong)
        remarks << VerifyTexts::tr("wrong: %1").arg(QString::fromStdString(name));
    for (const std::string& note : report.notes) remarks << QString::fromStdString(note);
    return remarks;
}

} // namespace app::models
