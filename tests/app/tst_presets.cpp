#include "support/testmain.h"

#include "smallmodel.h"

#include <app/models/viewdata.h>
#include <app/session/presets.h>
#include <app/session/studiodocument.h>
#include <app/windows/presetmenu.h>

#include <ldm/files.h>

#include <QInputDialog>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace app;
using session::Preset;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kFp16 = quant::parseFormat("fp16");

Preset named(const QString& name) {
    const session::PresetList list = session::loadPresets(QString());
    for (const Preset& preset : list.presets)
        if (preset.name == name) return preset;
    return {};
}

/// A studio with the small model, whose middle block is the worst, and its menu of presets.
struct Menu {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    session::Studio studio{(settings.set(session::kAutomaticPreview, false), settings)};
    QWidget window;
    windows::PresetMenu menu{studio, &window};

    Menu() {
        studio.stop();
        menu.setUserFolder(folder.path());
        document().setModel(support::smallModel());
        document().addAnalysis(support::emptyAnalysis({kW8A8}));
        for (int row = 0; row < 3; ++row)
            document().setRow({analysis::Metric::Local, kW8A8, row, {row == 1 ? 10.0 : 30.0 + row, 35.0}});
    }
    session::StudioDocument& document() { return studio.document(); }
    /// The entry that begins with this name.
    QAction* entry(const QString& name) {
        Q_EMIT menu.aboutToShow();
        const QList<QAction*> entries = menu.actions();
        for (QAction* action : entries)
            if (action->text().startsWith(name)) return action;
        return nullptr;
    }
};

std::string refusal(const std::string& text) {
    const auto parsed = jobs::guarded([&text] { return session::parsePreset(text, "mine.json"); });
    return parsed ? std::string() : parsed.failure().sentence.toStdString();
}

} // namespace

class PresetsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ourOwnAreAllReadAndNamedOnce() {
        const session::PresetList list = session::loadPresets(QString());
        QVERIFY2(list.problems.isEmpty(), qPrintable(list.problems.join(QLatin1Char('\n'))));
        QStringList names;
        for (const Preset& preset : list.presets) {
            QVERIFY(!preset.tip.isEmpty());
            QVERIFY(!names.contains(preset.name));
            names << preset.name;
        }
        QVERIFY(names.size() >= 8);
    }

    void aUniformPresetReplacesRulesAndDefault() {
        quant::Recipe recipe;
        recipe.base = kW8A8;
        recipe.rules = {{"unet.mid_block", quant::WeightFormat::Int4, {}, {}, ""}};
        recipe.splitSkips = true;
        const quant::Recipe next =
            session::withPreset(recipe, named(QStringLiteral("All fp16")), support::smallModel(), {});
        QVERIFY(next.base == kFp16);
        QVERIFY(next.rules.empty());
        QVERIFY(next.splitSkips); // treatments stay
    }

    void protectingTheEndsLeavesOutWhatTheModelLacksAndIsNotRepeated() {
        const Preset preset = named(QStringLiteral("Protect First and Last"));
        quant::Recipe recipe;
        recipe.base = kW8A8;
        const quant::Recipe once = session::withPreset(recipe, preset, support::smallModel(), {});
        QCOMPARE(once.rules.size(), std::size_t(2)); // the small model has no time embedding
        const quant::Plan plan = quant::resolve(once, support::smallModel());
        QVERIFY(plan.segments[0].formats[0] == kFp16);
        QVERIFY(plan.segments[0].formats[1] == kW8A8);
        QVERIFY(plan.segments[0].formats[3] == kFp16);
        QVERIFY(session::withPreset(once, preset, support::smallModel(), {}) == once);
        QCOMPARE(session::changedLayers(quant::resolve(recipe, support::smallModel()), plan), 2);
    }

    void theWorstComeFromTheMap() {
        Menu m;
        QCOMPARE(models::worstFirst(m.document(), analysis::Metric::Local),
                 (std::vector<std::string>{"unet.mid_block", "unet.conv_in", "unet.conv_out"}));
        QVERIFY(models::worstFirst(m.document(), analysis::Metric::Final).empty());
        Preset preset = named(QStringLiteral("Protect the Worst…"));
        preset.worst->count = 1;
        const quant::Recipe next =
            session::withPreset(m.document().recipe(), preset, m.document().model(), {"unet.mid_block"});
        QCOMPARE(next.rules.size(), std::size_t(1));
        QCOMPARE(next.rules[0].match, std::string("unet.mid_block"));
        QVERIFY(!jobs::guarded([&] { return session::withPreset({}, preset, m.document().model(), {}); }));
    }

    void changedLayersCountsThoseThatDifferAtAnyTime() {
        quant::Recipe recipe;
        recipe.base = kW8A8;
        const quant::Plan before = quant::resolve(recipe, support::smallModel());
        QCOMPARE(session::changedLayers(before, before), 0);
        recipe.rules = {{"unet.mid_block", {}, quant::ActivationFormat::Fp16, {{0, 100}}, ""}};
        QCOMPARE(session::changedLayers(before, quant::resolve(recipe, support::smallModel())), 2);
    }

    void wrongFilesAreRefusedWithTheirPlace() {
        const std::string good = "{\"noisefloor_preset\": 1, \"name\": \"mine\"";
        QVERIFY(refusal(good + "}").empty());
        QVERIFY(refusal("{").find("mine.json") == 0);
        QVERIFY(refusal(good + ", \"nom\": 1}").find("nom") != std::string::npos);
        QVERIFY(refusal(good + ", \"default\": \"w9a9\"}").find("default") != std::string::npos);
        QVERIFY(refusal(good + ", \"rules\": [{\"match\": \"a\"}]}").find("rules[0]") != std::string::npos);
        QVERIFY(refusal(good + ", \"rules\": [{\"match\": \"a\", \"weights\": \"int9\"}]}").find("weights") !=
                std::string::npos);
        QVERIFY(refusal(good + ", \"worst\": {\"format\": \"fp16\", \"count\": 0}}").find("count") !=
                std::string::npos);
    }

    void theMenuTellsHowManyLayersChangeAndMakesOneStep() {
        Menu m;
        QVERIFY(m.entry(QStringLiteral("All w8a8"))->text().contains(QLatin1String("changes nothing")));
        QAction* ends = m.entry(QStringLiteral("Protect First and Last"));
        QVERIFY2(ends->text().contains(QLatin1String("changes 2 layers")), qPrintable(ends->text()));
        ends->trigger();
        QCOMPARE(m.document().undoStack().count(), 1);
        QVERIFY(m.document().undoStack().undoText().contains(QLatin1String("Protect First and Last")));
        QVERIFY(m.entry(QStringLiteral("Protect First and Last"))->text().contains(QLatin1String("changes nothing")));
        m.document().undoStack().undo();
        QVERIFY(m.document().recipe().rules.empty());
    }

    void theWorstAreAskedForAndToldBeforehand() {
        Menu m;
        m.entry(QStringLiteral("Protect the Worst"))->trigger();
        auto* dialog = m.window.findChild<QInputDialog*>(QStringLiteral("worstCount"));
        QVERIFY(dialog);
        QVERIFY2(dialog->labelText().contains(QLatin1String("changes 4 layers")), qPrintable(dialog->labelText()));
        dialog->setIntValue(1);
        QVERIFY2(dialog->labelText().contains(QLatin1String("changes 2 layers")), qPrintable(dialog->labelText()));
        dialog->accept();
        QCOMPARE(m.document().recipe().rules.size(), std::size_t(1));
        QCOMPARE(m.document().recipe().rules[0].match, std::string("unet.mid_block"));
        QCOMPARE(m.document().undoStack().count(), 1);
    }

    void withoutAMapTheWorstAreRefusedInWords() {
        Menu m;
        m.menu.setMetric(analysis::Metric::Final);
        const QSignalSpy failed(&m.studio, &session::Studio::failed);
        m.entry(QStringLiteral("Protect the Worst"))->trigger();
        QCOMPARE(failed.size(), 1);
        QVERIFY(!m.window.findChild<QInputDialog*>());
        QCOMPARE(m.document().undoStack().count(), 0);
    }

    void theUsersOwnAreOfferedAndBrokenOnesAreShown() {
        Menu m;
        ldm::writeTextFile(m.folder.filePath(QStringLiteral("mine.json")).toStdString(),
                           "{\"noisefloor_preset\": 1, \"name\": \"Only the middle\", \"rules\": [{\"match\": "
                           "\"unet.mid*\", \"weights\": \"int4\"}]}");
        ldm::writeTextFile(m.folder.filePath(QStringLiteral("broken.json")).toStdString(), "{");
        QAction* mine = m.entry(QStringLiteral("Only the middle"));
        QVERIFY(mine && mine->text().contains(QLatin1String("changes 2 layers")));
        const QList<QAction*> entries = m.menu.actions();
        QVERIFY(!entries.constLast()->isEnabled());
        QVERIFY(entries.constLast()->toolTip().contains(QLatin1String("broken.json")));
        mine->trigger();
        QCOMPARE(m.document().recipe().rules.back().match, std::string("unet.mid*"));
    }
};

NOISEFLOOR_TEST(PresetsTest)
#include "tst_presets.moc"
