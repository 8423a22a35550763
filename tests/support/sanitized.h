/* SPDX-License-Identifier: Apache-2.0 */
/* Under a sanitizer or an emulator every round of a test is slow, and fewer of them find what it
 * looks for. */
#ifndef SFD_TESTS_SANITIZED_H
#define SFD_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(SFD_EMULATED) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
