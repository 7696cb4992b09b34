#pragma once

#include <QCheckBox> // first: moc 6.4 fails on a file that begins with <compare>
#include <QDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <quant/verify.h>

namespace app::windows {

/// Asks which export is to be compared with the present model, and with which recipe.
class VerifyDialog : public QDialog {
    Q_OBJECT
public:
    /// Files are looked for in `folder`; `recipe` is the present one.
    VerifyDialog(const QString& folder, quant::Recipe recipe, QWidget* parent = nullptr);

    quant::VerifyRequest request() const;

private:
    void nameControls();
    void arrange();
    QLayout* buildPath();
    void browse(bool forFolder);
    void check();

    QString m_folder;
    quant::Recipe m_recipe;
    QLineEdit* m_path;
    QPushButton* m_chooseFile;
    QPushButton* m_chooseFolder;
    QCheckBox* m_usePresent;
    QSpinBox* m_runs;
    QPushButton* m_verify;
};

} // namespace app::windows
