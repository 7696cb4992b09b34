#include "support/testmain.h"

#include "smallmodel.h"

#include <app/models/rulemodel.h>

#include <ldm/error.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

using namespace app;
using models::RuleModel;
using quant::ActivationFormat;
using quant::Rule;
using quant::WeightFormat;

namespace {

Rule weights(const char* match, std::optional<std::array<int, 2>> steps = {}) {
    return {match, WeightFormat::Int4, {}, steps, ""};
}

std::vector<models::RuleFacts> factsOf(const std::vector<Rule>& rules) {
    return models::ruleFacts(rules, support::smallModel());
}

/// Keeps what the model asks for, as the owner of the recipe would.
struct Owner {
    RuleModel model;
    QString what;
    QString refusal;

    explicit Owner(std::vector<Rule> rules) {
        model.setRules(rules, support::smallModel());
        QObject::connect(&model, &RuleModel::proposed, &model, [this](const QString& said, const auto& wanted) {
            what = said;
            model.setRules(std::vector<Rule>(wanted), support::smallModel());
        });
        QObject::connect(&model, &RuleModel::refused, &model, [this](const QString& sentence) { refusal = sentence; });
    }
    QString text(int row, int column) { return model.index(row, column).data(Qt::DisplayRole).toString(); }
    bool edit(int row, int column, const QString& text) {
        return model.setData(model.index(row, column), text, Qt::EditRole);
    }
};

} // namespace

class RuleModelTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachRuleSaysHowManyLayersAndBlocksItReaches() {
        const auto facts = factsOf({weights("unet.**"), weights("unet.mid_block"), weights("unet.nowhere")});
        QCOMPARE(facts[0].layers, 4);
        QCOMPARE(facts[0].blocks.size(), 3);
        QCOMPARE(models::reachText(facts[0]), QStringLiteral("4 layers in 3 blocks"));
        QCOMPARE(models::reachText(facts[1]), QStringLiteral("2 layers in 1 block"));
        QCOMPARE(models::stateText(facts[2]), QStringLiteral("matches nothing"));
    }

    void whatLaterRulesDecideIsMarked() {
        auto facts = factsOf({weights("unet.mid_block"), weights("unet.**")});
        QCOMPARE(models::stateText(facts[0]), QStringLiteral("overridden by later rules"));
        QCOMPARE(models::stateText(facts[1]), QStringLiteral("in force"));
        facts = factsOf({weights("unet.**"), weights("unet.mid_block")});
        QCOMPARE(models::stateText(facts[0]), QStringLiteral("in force for 2 of 4 layers"));
        facts = factsOf({{"unet.**", {}, ActivationFormat::Fp16, {}, ""}, weights("unet.**")});
        QCOMPARE(models::stateText(facts[0]), QStringLiteral("in force")); // the other side
    }

    void stepsAreCoveredOnlyTogether() {
        const auto overridden = [](const std::vector<Rule>& rules) { return factsOf(rules)[0].isOverridden(); };
        QVERIFY(!overridden({weights("unet.**"), weights("unet.**", {{500, 999}})}));
        QVERIFY(overridden({weights("unet.**"), weights("unet.**", {{500, 999}}), weights("unet.**", {{0, 499}})}));
        QVERIFY(overridden({weights("unet.**", {{100, 200}}), weights("unet.**", {{50, 300}})}));
    }

    void stepsAreReadAsTheyAreWritten() {
        QCOMPARE(models::stepsText(weights("a")), QStringLiteral("all"));
        QCOMPARE(models::stepsText(weights("a", {{100, 999}})), QStringLiteral("999 to 100"));
        QVERIFY(!models::parseSteps(QStringLiteral("all")));
        QVERIFY(models::parseSteps(QStringLiteral("999 to 100")) == (std::array{100, 999}));
        QVERIFY(models::parseSteps(QStringLiteral("5-7")) == (std::array{5, 7}));
        for (const char* wrong : {"5", "a to b", "1000 to 5", "5 to"})
            QVERIFY_THROWS_EXCEPTION(ldm::Error, models::parseSteps(QLatin1String(wrong)));
    }

    void theTableFollowsTheRules() {
        RuleModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const ldm::ModelInfo info = support::smallModel();
        model.setRules({weights("unet.**"), weights("unet.conv_in")}, info);
        QCOMPARE(model.rowCount(), 2);
        model.setRules({weights("unet.conv_in")}, info);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.index(0, RuleModel::Activations).data(Qt::DisplayRole).toString(), QStringLiteral("as before"));
        QVERIFY(!(model.flags(model.index(0, RuleModel::State)) & Qt::ItemIsEditable));
        model.setRules({}, info);
        QCOMPARE(model.rowCount(), 0);
    }

    void aRuleThatMovesLeavesTheOthersInTheirRows() {
        RuleModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const ldm::ModelInfo info = support::smallModel();
        const Rule first = weights("unet.conv_in"), second = weights("unet.mid_block"),
                   third = weights("unet.conv_out");
        model.setRules({first, second, third}, info);
        const QPersistentModelIndex kept(model.index(2, RuleModel::Match));
        const QSignalSpy changed(&model, &RuleModel::dataChanged);
        model.setRules({first, third, second}, info);
        QCOMPARE(kept.row(), 1);
        QVERIFY(changed.isEmpty());
        QVERIFY(model.rules() == (std::vector<Rule>{first, third, second}));
    }

    void aRuleThatTakesAnothersPlaceKeepsTheRow() {
        RuleModel model;
        const ldm::ModelInfo info = support::smallModel();
        model.setRules({weights("unet.conv_in"), weights("unet.conv_out")}, info);
        const QPersistentModelIndex kept(model.index(0, RuleModel::Match));
        const QSignalSpy changed(&model, &RuleModel::dataChanged);
        model.setRules({weights("unet.**"), weights("unet.conv_out")}, info);
        QCOMPARE(kept.data().toString(), QStringLiteral("unet.**"));
        QCOMPARE(model.facts()[0].layers, 4);
        QCOMPARE(changed.size(), 1);
    }

    void cellsAreEditedAsRequests() {
        Owner owner({weights("unet.mid_block")});
        QVERIFY(owner.edit(0, RuleModel::Match, QStringLiteral("unet.conv_in")));
        QCOMPARE(owner.text(0, RuleModel::Reach), QStringLiteral("1 layer in 1 block"));
        QVERIFY(owner.edit(0, RuleModel::Activations, QStringLiteral("fp16")));
        QVERIFY(owner.edit(0, RuleModel::Weights, QString()));
        QCOMPARE(owner.text(0, RuleModel::Weights), QStringLiteral("as before"));
        QVERIFY(owner.edit(0, RuleModel::StepsColumn, QStringLiteral("99 to 0")));
        QVERIFY(owner.edit(0, RuleModel::Why, QStringLiteral("a reason")));
        QVERIFY(owner.model.rules()[0] == (Rule{"unet.conv_in", {}, ActivationFormat::Fp16, {{0, 99}}, "a reason"}));
        QVERIFY(!owner.edit(0, RuleModel::Why, QStringLiteral("a reason"))); // nothing changes
        QVERIFY(owner.refusal.isEmpty());
    }

    void whatIsNoRuleIsRefused() {
        Owner owner({weights("unet.mid_block")});
        QVERIFY(!owner.edit(0, RuleModel::Match, QStringLiteral("  ")));
        QVERIFY(owner.refusal.contains(QLatin1String("pattern")));
        QVERIFY(!owner.edit(0, RuleModel::Weights, QString()));
        QVERIFY(owner.refusal.contains(QLatin1String("delete")));
        QVERIFY(!owner.edit(0, RuleModel::StepsColumn, QStringLiteral("soon")));
        QVERIFY(owner.refusal.contains(QLatin1String("soon")));
        QVERIFY(owner.model.rules()[0] == weights("unet.mid_block"));
    }

    void rulesAreInsertedMovedAndRemoved() {
        Owner owner({weights("unet.conv_in"), weights("unet.conv_out")});
        owner.model.insert(0, weights("unet.mid_block"));
        QCOMPARE(owner.model.rules()[1].match, std::string("unet.mid_block"));
        owner.model.insert(-1, weights("unet.**"));
        QCOMPARE(owner.model.rules()[3].match, std::string("unet.**"));
        owner.model.move(3, -1);
        QCOMPARE(owner.model.rules()[2].match, std::string("unet.**"));
        owner.model.move(0, -1);
        QCOMPARE(owner.model.rules()[0].match, std::string("unet.conv_in"));
        owner.model.remove({0, 2, 99});
        QCOMPARE(owner.model.rowCount(), 2);
        QCOMPARE(owner.model.rules()[0].match, std::string("unet.mid_block"));
        QCOMPARE(owner.what, QStringLiteral("delete 2 rules"));
    }
};

NOISEFLOOR_TEST(RuleModelTest)
#include "tst_rulemodel.moc"
